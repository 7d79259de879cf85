import FluxEvents

/// The path of a route, such as `/api/stores/{id}/pause`.
struct PathTemplate: Sendable, Hashable {
    enum Piece: Sendable, Hashable {
        case word(String)
        /// Exactly one segment, not empty.
        case parameter(String)
    }

    let text: String
    let pieces: [Piece]

    init(_ text: String) {
        self.text = text
        pieces = text.split(separator: "/").map { piece in
            piece.first == "{" && piece.last == "}"
                ? .parameter(String(piece.dropFirst().dropLast())) : .word(String(piece))
        }
    }

    /// The names of its parameters, in order.
    var parameters: [String] {
        pieces.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    /// The values of its parameters where the segments of a path fit, percent-decoded; else nil.
    func match(_ segments: [Substring]) -> [String: String]? {
        guard segments.count == pieces.count else { return nil }
        var values: [String: String] = [:]
        for (piece, segment) in zip(pieces, segments) {
            switch piece {
            case .word(let word):
                guard word == segment else { return nil }
            case .parameter(let name):
                guard let value = PercentCoding.decode(segment, plusIsSpace: false), !value.isEmpty else {
                    return nil
                }
                values[name] = value
            }
        }
        return values
    }

    /// Segments of a request path: `/` has none, `/a/b` two, a trailing slash makes an empty last one.
    static func segments(of path: Substring) -> [Substring] {
        path == "/" ? [] : path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }
}
