import CZlib
import NIOCore

/// Raw deflate of RFC 7692. Without context the bytes of a message depend on nothing else, so they can be shared by
/// all connections of the same window.
final class Deflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let keepsContext: Bool

    /// - Parameter windowBits: 9–15.
    init(windowBits: Int32, keepsContext: Bool, level: Int32 = 3) {
        self.keepsContext = keepsContext
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, -windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib refused to start: there is no memory, or the window is not 9 to 15 bits")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The compressed message, without the four bytes that RFC 7692 leaves out.
    func deflate(_ message: ByteBuffer) -> ByteBuffer {
        var input = message
        var out = ByteBuffer()
        input.withUnsafeMutableReadableBytes { bytes in
            stream.pointee.next_in = bytes.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_in = UInt32(bytes.count)
            var isFull = true
            while isFull {
                let room = max(256, Int(stream.pointee.avail_in) / 2 + 64)
                out.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                    stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
                    stream.pointee.avail_out = UInt32(target.count)
                    _ = CZlib.deflate(stream, Z_SYNC_FLUSH)
                    isFull = stream.pointee.avail_out == 0
                    return target.count - Int(stream.pointee.avail_out)
                }
            }
        }
        if out.readableBytes >= 4 { out.moveWriterIndex(to: out.writerIndex - 4) }
        if out.readableBytes == 0 { out.writeInteger(0 as UInt8) }
        if !keepsContext { deflateReset(stream) }
        return out
    }
}
