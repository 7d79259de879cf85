import CZlib

/// Unpacks what gzip has packed, piece by piece, also several texts one behind the other.
package struct GzipReader: ~Copyable {
    package enum Failure: Error, Sendable, Hashable {
        case damaged
        case noMemory
    }

    // On the heap: zlib refuses a stream that has moved.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let output: UnsafeMutableRawBufferPointer
    /// Whether a whole text has ended, and nothing has begun behind it: else the end is missing.
    package private(set) var isEnded = false

    /// - Parameter pieceBytes: the most that is given at once.
    package init(pieceBytes: Int) throws(Failure) {
        output = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for the head of gzip.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .noMemory
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// - Parameters:
    ///   - input: is not written to, though zlib's type says so.
    ///   - body: is given each piece, which holds only during the call; false ends it.
    package mutating func feed(
        _ input: UnsafeMutableRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Bool
    ) throws(Failure) {
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        while stream.pointee.avail_in > 0 {
            if isEnded {
                // Some pad the end with zeros.
                if stream.pointee.next_in.pointee == 0 {
                    stream.pointee.next_in += 1
                    stream.pointee.avail_in -= 1
                    continue
                }
                inflateReset(stream)
                isEnded = false
            }
            repeat {
                stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                let status = inflate(stream, Z_NO_FLUSH)
                let made = output.count - Int(stream.pointee.avail_out)
                if made > 0, !body(UnsafeRawBufferPointer(rebasing: output[..<made])) { return }
                if status == Z_STREAM_END {
                    isEnded = true
                    break
                }
                guard status == Z_OK || status == Z_BUF_ERROR else { throw .damaged }
            } while stream.pointee.avail_out == 0
        }
    }
}
