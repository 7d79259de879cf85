/// Help texts: words, then examples that can be pasted into a shell.
enum Examples {
    /// - Parameters:
    ///   - words: what is worth knowing, as one paragraph; the terminal's width breaks it.
    ///   - lines: commands, each at most `maximumColumns` long so that no terminal breaks it.
    static func text(_ words: String = "", _ lines: String...) -> String {
        let examples = "EXAMPLES:\n" + lines.map { "  " + $0 }.joined(separator: "\n")
        return words.isEmpty ? examples : words + "\n\n" + examples
    }

    static let maximumColumns = 76
}
