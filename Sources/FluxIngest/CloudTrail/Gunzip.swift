import NIOCore

/// Unpacks in memory what gzip has packed.
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
        var (packed, out, isTooLarge) = (packed, ByteBuffer(), false)
        let result: Result<Bool, GzipReader.Failure> = packed.withUnsafeMutableReadableBytes { bytes in
            do throws(GzipReader.Failure) {
                var reader = try GzipReader(pieceBytes: pieceBytes)
                try reader.feed(bytes) { piece in
                    isTooLarge = out.readableBytes + piece.count > limit
                    if !isTooLarge { out.writeBytes(piece) }
                    return !isTooLarge
                }
                return .success(reader.isEnded)
            } catch {
                return .failure(error)
            }
        }
        if isTooLarge { throw .tooLarge(limit) }
        switch result {
        case .success(true): return out
        case .success(false): throw .cut
        case .failure: throw .damaged
        }
    }
}
