import Glibc
import NIOCore

/// How far a TCP connection's other end is: what waits in our buffer, and what the kernel knows from `TCP_INFO` (zero
/// where it cannot tell).
struct SocketProgress: Sendable, Hashable {
    /// Bytes that the peer has acknowledged since the connection began.
    var acknowledged: UInt64 = 0
    /// Bytes or segments that wait in the kernel: only whether it is zero matters.
    var pending = 0
    /// Bytes that wait in the channel's own buffer.
    var buffered = 0

    /// Whether anything is on its way.
    var waits: Bool { buffered + pending > 0 }

    // Offsets in `struct tcp_info` of linux/tcp.h, which only ever grows at its end.
    private static let unackedOffset = 24
    private static let acknowledgedOffset = 120
    private static let notSentOffset = 144

    init(acknowledged: UInt64, pending: Int, buffered: Int) {
        self.acknowledged = acknowledged
        self.pending = pending
        self.buffered = buffered
    }

    /// On the channel's event loop.
    init(of channel: any Channel) {
        buffered = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let operations = channel.pipeline.syncOperations
        let info = try? operations.withUnsafeTransportIfAvailable(of: CInt.self) { descriptor in
            Self.read(descriptor)
        }
        guard let info = info.flatMap({ $0 }), info.count >= Self.notSentOffset + 4 else { return }
        info.withUnsafeBytes { bytes in
            acknowledged = bytes.loadUnaligned(fromByteOffset: Self.acknowledgedOffset, as: UInt64.self)
            pending =
                Int(bytes.loadUnaligned(fromByteOffset: Self.unackedOffset, as: UInt32.self))
                + Int(bytes.loadUnaligned(fromByteOffset: Self.notSentOffset, as: UInt32.self))
        }
    }

    private static func read(_ descriptor: CInt) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(bytes.count)
        guard getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_INFO, &bytes, &length) == 0 else { return nil }
        return Array(bytes.prefix(Int(length)))
    }
}
