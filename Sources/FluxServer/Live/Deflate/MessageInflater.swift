import CZlib
import NIOCore

enum InflateFailure: Error, Hashable {
    /// More would come out than may.
    case tooBig
    case damaged
}

/// Inflates the messages of one connection.
protocol MessageInflater: AnyObject {
    func inflate(_ message: ByteBuffer, limit: Int) -> Result<ByteBuffer, InflateFailure>
}

/// Raw inflate of RFC 7692. Stops as soon as the output passes the limit, whatever the input still promises.
final class Inflater: MessageInflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let keepsContext: Bool
    private var isUsable: Bool

    /// - Parameter keepsContext: whether later messages may refer to earlier ones (no `client_no_context_takeover`).
    init(keepsContext: Bool) {
        self.keepsContext = keepsContext
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        isUsable = inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func inflate(_ message: ByteBuffer, limit: Int) -> Result<ByteBuffer, InflateFailure> {
        guard isUsable else { return .failure(.damaged) }
        var input = message
        // The end of a message that the sender leaves out.
        input.writeMultipleIntegers(0x00 as UInt8, 0x00 as UInt8, 0xFF as UInt8, 0xFF as UInt8)
        var out = ByteBuffer()
        let failure = input.withUnsafeMutableReadableBytes { feed($0, into: &out, limit: limit) }
        if let failure {
            isUsable = false
            return .failure(failure)
        }
        if !keepsContext { inflateReset(stream) }
        return .success(out)
    }

    private func feed(
        _ bytes: UnsafeMutableRawBufferPointer, into out: inout ByteBuffer, limit: Int
    ) -> InflateFailure? {
        stream.pointee.next_in = bytes.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(bytes.count)
        while true {
            var status: Int32 = Z_OK
            var isFull = false
            // One byte past the limit is enough to know.
            let allowed = max(1, limit + 1 - out.readableBytes)
            let room = min(max(512, 4 * Int(stream.pointee.avail_in)), allowed)
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                let usable = min(target.count, allowed)
                stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(usable)
                status = CZlib.inflate(stream, Z_SYNC_FLUSH)
                isFull = stream.pointee.avail_out == 0
                return usable - Int(stream.pointee.avail_out)
            }
            if out.readableBytes > limit { return .tooBig }
            switch status {
            case Z_STREAM_END:
                // A final block inside a message is allowed; what follows starts anew.
                inflateReset(stream)
                if stream.pointee.avail_in == 0 { return nil }
            case Z_OK, Z_BUF_ERROR:
                if !isFull { return stream.pointee.avail_in == 0 ? nil : .damaged }
            default: return .damaged
            }
        }
    }
}

/// For connections whose messages do not refer to each other: the 40 KB of state live only while one is inflated.
final class MomentaryInflater: MessageInflater {
    func inflate(_ message: ByteBuffer, limit: Int) -> Result<ByteBuffer, InflateFailure> {
        Inflater(keepsContext: false).inflate(message, limit: limit)
    }
}
