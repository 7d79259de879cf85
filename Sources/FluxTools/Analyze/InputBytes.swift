import CZlib
import Glibc

/// Gives what a file holds piece by piece, unpacked where it is packed (gzip, also several one behind the other).
struct InputBytes: ~Copyable {
    /// Why a file could not be read to its end.
    enum Failure: Error, Sendable, Hashable {
        case system(Int32)
        case damaged
        case cut
    }

    private static let pieceBytes = 1 << 20

    private let descriptor: Int32
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * pieceBytes, alignment: 16)
    /// On the heap: zlib refuses a stream that has moved.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var isBegun = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        stream.initialize(to: z_stream())
    }

    deinit {
        if isBegun { inflateEnd(stream) }
        stream.deallocate()
        input.deallocate()
        output.deallocate()
    }

    /// - Parameter body: is given each piece; what it points to holds only during the call.
    mutating func eachPiece(_ body: (UnsafeRawBufferPointer) -> Void) throws(Failure) {
        var count = try fill()
        // What is shorter than a name of the format is no such file either.
        guard count > 2, input[0] == 0x1F, input[1] == 0x8B else {
            while count > 0 {
                body(UnsafeRawBufferPointer(rebasing: input[..<count]))
                count = try fill()
            }
            return
        }
        // 15 bits of window, and 16 for the head of gzip.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .system(ENOMEM)
        }
        isBegun = true
        var isEnded = false
        while count > 0 {
            isEnded = try inflate(count, isEnded, body)
            count = try fill()
        }
        if !isEnded { throw .cut }
    }

    private func fill() throws(Failure) -> Int {
        var count = 0
        // A pipe gives a little at a time.
        while count < 2 {
            let got = read(descriptor, input.baseAddress.map { $0 + count }, input.count - count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .system(errno) }
            if got == 0 { break }
            count += got
        }
        return count
    }

    /// - Returns: whether a whole packed text has ended, and nothing has begun behind it.
    private func inflate(
        _ count: Int, _ wasEnded: Bool, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) -> Bool {
        var isEnded = wasEnded
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
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
                let status = CZlib.inflate(stream, Z_NO_FLUSH)
                let made = output.count - Int(stream.pointee.avail_out)
                if made > 0 { body(UnsafeRawBufferPointer(rebasing: output[..<made])) }
                if status == Z_STREAM_END {
                    isEnded = true
                    break
                }
                guard status == Z_OK || status == Z_BUF_ERROR else { throw .damaged }
            } while stream.pointee.avail_out == 0
        }
        return isEnded
    }
}
