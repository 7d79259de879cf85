import Glibc
import NIOCore

/// What the kernel knows of a TCP connection's other end, from `TCP_INFO`. Zero where it cannot tell.
struct SocketProgress {
    /// Bytes that the peer has acknowledged since the connection began.
    var acknowledged: UInt64 = 0
    /// Bytes or segments that wait in the kernel: only whether it is zero matters.
    var pending = 0

    // Offsets in `struct tcp_info` of linux/tcp.h, which only ever grows at its end.
    private static let unackedOffset = 24
    private static let acknowledgedOffset = 120
    private static let notSentOffset = 144

    init(of channel: any Channel) {
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
