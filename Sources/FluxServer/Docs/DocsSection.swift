import FluxEvents

/// A part of the documentation that the list of contents shows and the search finds.
struct DocsSection: Sendable {
    var page: String
    /// The heading's `id`.
    var anchor: String
    var title: String
    /// 1 for a page's own title.
    var level: Int
    var text: String

    var address: String { level == 1 ? "/docs/" + page : "/docs/\(page)#\(anchor)" }

    /// Whether each of the words stands somewhere in title or text, ignoring case.
    func holds(_ words: [String]) -> Bool {
        let all = (title + " " + text).lowercased()
        return words.allSatisfy { all.contains($0) }
    }

    /// Some of the text around the first of the words.
    func excerpt(around words: [String]) -> String {
        let plain = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let lower = plain.lowercased()
        // Lower case may have other lengths: the place is only about right, which does for an excerpt.
        let place = words.compactMap { lower.firstRange(of: $0) }.first.map {
            lower.distance(from: lower.startIndex, to: $0.lowerBound)
        }
        let start = max(0, (place ?? 0) - 60)
        let cut = plain.dropFirst(start).prefix(180)
        return (start > 0 ? "… " : "") + cut + (plain.count > start + 180 ? " …" : "")
    }
}

extension DocsSection {
    /// The sections of the guides, from the list that the page's build wrote.
    static func guides(_ list: JSONValue) -> [DocsSection] {
        (list["guides"]?.elements).map(Array.init)?.flatMap { guide in
            (guide["sections"]?.elements).map(Array.init)?.compactMap { section in
                guard let page = guide["page"]?.string, let anchor = section["id"]?.string,
                    let title = section["title"]?.string, let level = section["level"]?.int64
                else { return nil }
                return DocsSection(
                    page: page, anchor: anchor, title: title, level: Int(level), text: section["text"]?.string ?? "")
            } ?? []
        } ?? []
    }
}
