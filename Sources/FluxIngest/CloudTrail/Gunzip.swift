import CZlib
import NIOCore

/// Unpacks what gzip has packed, also several texts one behind the other.
enum Gunzip {
    enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        case damaged, cut
        case tooLarge(Int)

        var description: String {
            switch self {
            case .damaged: "it is damaged, or not packed with gzip"
            case .cut: "its end is missing"
            case .tooLarge(let limit): "it is larger than \(limit >> 20) MiB unpacked"
            }
        }
    }

    private static let pieceBytes = 256 << 10

    /// - Parameter limit: bytes that it may come to.
    static func unpack(_ packed: ByteBuffer, limit: Int) throws(Failure) -> ByteBuffer {
        // On the heap: zlib refuses a stream that has moved.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        // 15 bits of window, and 16 for the head of gzip.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .damaged
        }
        defer { inflateEnd(stream) }
        var out = ByteBuffer()
        // zlib does not write to its input, though its type says so.
        var input = [UInt8](packed.readableBytesView)
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        let result: Result<Void, Failure> = input.withUnsafeMutableBufferPointer { input in
            piece.withUnsafeMutableBufferPointer { piece in
                run(stream, input, piece, limit: limit, into: &out)
            }
        }
        try result.get()
        return out
    }

    private static func run(
        _ stream: UnsafeMutablePointer<z_stream>, _ input: UnsafeMutableBufferPointer<UInt8>,
        _ piece: UnsafeMutableBufferPointer<UInt8>, limit: Int, into out: inout ByteBuffer
    ) -> Result<Void, Failure> {
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(clamping: input.count)
        var isEnded = false
        while stream.pointee.avail_in > 0 {
            if isEnded {
                inflateReset(stream)
                isEnded = false
            }
            repeat {
                stream.pointee.next_out = piece.baseAddress
                stream.pointee.avail_out = UInt32(piece.count)
                let status = inflate(stream, Z_NO_FLUSH)
                let made = piece.count - Int(stream.pointee.avail_out)
                guard out.readableBytes + made <= limit else { return .failure(.tooLarge(limit)) }
                out.writeBytes(piece[..<made])
                if status == Z_STREAM_END {
                    isEnded = true
                    break
                }
                guard status == Z_OK || status == Z_BUF_ERROR else { return .failure(.damaged) }
            } while stream.pointee.avail_out == 0
        }
        return isEnded ? .success(()) : .failure(.cut)
    }
}
