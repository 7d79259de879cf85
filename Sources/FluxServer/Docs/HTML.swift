/// Writes HTML: text is escaped, elements are closed.
struct HTML: Sendable {
    private(set) var text = ""

    /// An element around what `body` writes.
    mutating func element(_ name: String, _ attributes: [(String, String)] = [], _ body: (inout HTML) -> Void) {
        text += "<" + name
        for (key, value) in attributes { text += " \(key)=\"\(Self.escape(value))\"" }
        text += ">"
        body(&self)
        text += "</\(name)>"
    }

    /// An element around plain text.
    mutating func element(_ name: String, _ attributes: [(String, String)] = [], text: String) {
        element(name, attributes) { $0.write(text) }
    }

    /// An element around a sentence in which `code` stands between backticks.
    mutating func element(_ name: String, _ attributes: [(String, String)] = [], prose: String) {
        element(name, attributes) { $0.write(prose: prose) }
    }

    mutating func write(_ plain: String) { text += Self.escape(plain) }

    mutating func write(prose: String) {
        for (index, piece) in prose.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
            if index.isMultiple(of: 2) { write(String(piece)) } else { element("code", text: String(piece)) }
        }
    }

    /// HTML that is known to be whole.
    mutating func write(raw: String) { text += raw }

    mutating func link(_ target: String, _ words: String) {
        element("a", [("href", target)], text: words)
    }

    /// A block of code.
    mutating func code(_ lines: String) {
        element("pre") { $0.element("code", text: lines) }
    }

    /// A table whose cells are sentences; it scrolls by itself where it is wider than the screen.
    mutating func table(_ head: [String], _ rows: [[String]]) {
        element("div", [("class", "wide"), ("tabindex", "0")]) { html in
            html.element("table") { html in
                html.element("thead") { html in
                    html.element("tr") { html in
                        for name in head { html.element("th", [("scope", "col")], text: name) }
                    }
                }
                html.element("tbody") { html in
                    for row in rows {
                        html.element("tr") { html in for cell in row { html.element("td", prose: cell) } }
                    }
                }
            }
        }
    }

    static func escape(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
