/// Text with `*` for any run of characters, compared ignoring case.
struct Glob: Sendable, Hashable {
    /// What stands between the stars, folded; one piece where there is no star.
    let pieces: [[UInt8]]

    var hasStar: Bool { pieces.count > 1 }

    /// The text, if it has no star.
    var literal: [UInt8]? { hasStar ? nil : pieces[0] }

    /// - Parameter pieces: at least one.
    init(pieces: [String]) {
        self.pieces = pieces.isEmpty ? [[]] : pieces.map { CaseFold.fold(Array($0.utf8)) }
    }

    /// Whether the whole of a folded text fits.
    func matches(_ text: [UInt8]) -> Bool {
        let first = pieces[0]
        guard hasStar else { return text == first }
        let last = pieces[pieces.count - 1]
        guard text.count >= first.count + last.count, text.starts(with: first),
            text[(text.count - last.count)...].elementsEqual(last)
        else { return false }
        return Self.contains(text[first.count..<text.count - last.count], inOrder: pieces[1..<pieces.count - 1])
    }

    /// Whether some part of a folded text fits.
    func isPart(of text: [UInt8]) -> Bool {
        Self.contains(text[...], inOrder: pieces[...])
    }

    /// The leftmost place for each piece is the best one, as only stars lie between them.
    private static func contains(_ text: ArraySlice<UInt8>, inOrder pieces: ArraySlice<[UInt8]>) -> Bool {
        var rest = text
        for piece in pieces where !piece.isEmpty {
            guard let found = firstRange(of: piece, in: rest) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    private static func firstRange(of piece: [UInt8], in text: ArraySlice<UInt8>) -> Range<Int>? {
        guard piece.count <= text.count else { return nil }
        let lead = piece[0]
        var start = text.startIndex
        let lastStart = text.endIndex - piece.count
        while start <= lastStart {
            if text[start] == lead, text[start..<start + piece.count].elementsEqual(piece) {
                return start..<start + piece.count
            }
            start += 1
        }
        return nil
    }

    /// The text in quotes, as the language writes it.
    var quoted: String {
        var out = "\""
        for (index, piece) in pieces.enumerated() {
            if index > 0 { out += "*" }
            for scalar in String(decoding: piece, as: UTF8.self).unicodeScalars {
                if scalar == "\"" || scalar == "\\" || scalar == "*" { out += "\\" }
                out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

/// Ignoring case: Unicode's lower case, character by character (no locale, no normal forms).
enum CaseFold {
    static func fold(_ utf8: [UInt8]) -> [UInt8] {
        var out = utf8
        for index in 0..<out.count {
            let byte = out[index]
            if byte >= 0x80 { return Array(String(decoding: utf8, as: UTF8.self).lowercased().utf8) }
            if byte >= 0x41, byte <= 0x5A { out[index] = byte | 0x20 }
        }
        return out
    }

    static func fold(_ text: String) -> [UInt8] { fold(Array(text.utf8)) }
}
