/// Text with `*` for any run of characters, compared ignoring case.
struct Glob: Sendable, Hashable {
    /// What stands between the stars, folded; one piece where there is no star.
    let pieces: [[UInt8]]
    /// For each place in each piece: how many bytes before it are also the piece's beginning (Knuth, Morris, Pratt), so
    /// that no text and no pattern, however chosen, cost more than one look at each byte.
    private let overlaps: [[Int]]

    var hasStar: Bool { pieces.count > 1 }

    /// The text, if it has no star.
    var literal: [UInt8]? { hasStar ? nil : pieces[0] }

    /// - Parameter pieces: at least one.
    init(pieces: [String]) {
        let folded = pieces.isEmpty ? [[]] : pieces.map { CaseFold.fold(Array($0.utf8)) }
        self.pieces = folded
        overlaps = folded.map { Self.overlaps(of: $0) }
    }

    /// Whether the whole of a folded text fits.
    func matches(_ text: [UInt8]) -> Bool {
        let first = pieces[0]
        guard hasStar else { return text == first }
        let last = pieces[pieces.count - 1]
        guard text.count >= first.count + last.count, text.starts(with: first),
            text[(text.count - last.count)...].elementsEqual(last)
        else { return false }
        return contains(text[first.count..<text.count - last.count], 1..<pieces.count - 1)
    }

    /// Whether some part of a folded text fits.
    func isPart(of text: [UInt8]) -> Bool {
        contains(text[...], 0..<pieces.count)
    }

    /// Whether the pieces follow each other; the leftmost place for each is the best, as only stars lie between.
    private func contains(_ text: ArraySlice<UInt8>, _ range: Range<Int>) -> Bool {
        var rest = text
        for index in range where !pieces[index].isEmpty {
            guard let end = Self.end(of: pieces[index], overlaps[index], in: rest) else { return false }
            rest = rest[end...]
        }
        return true
    }

    /// Where the first occurrence of a piece ends.
    private static func end(of piece: [UInt8], _ overlaps: [Int], in text: ArraySlice<UInt8>) -> Int? {
        var matched = 0
        for place in text.indices {
            while matched > 0, text[place] != piece[matched] { matched = overlaps[matched - 1] }
            if text[place] == piece[matched] { matched += 1 }
            if matched == piece.count { return place + 1 }
        }
        return nil
    }

    private static func overlaps(of piece: [UInt8]) -> [Int] {
        var table = [Int](repeating: 0, count: piece.count)
        var matched = 0
        for place in piece.indices.dropFirst() {
            while matched > 0, piece[place] != piece[matched] { matched = table[matched - 1] }
            if piece[place] == piece[matched] { matched += 1 }
            table[place] = matched
        }
        return table
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
