import FluxIngest
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

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        input.deallocate()
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
        guard var reader = try? GzipReader(pieceBytes: 4 * Self.pieceBytes) else { throw .system(ENOMEM) }
        while count > 0 {
            do throws(GzipReader.Failure) {
                try reader.feed(UnsafeMutableRawBufferPointer(rebasing: input[..<count])) { piece in
                    body(piece)
                    return true
                }
            } catch {
                throw .damaged
            }
            count = try fill()
        }
        if !reader.isEnded { throw .cut }
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
}
