/// What somebody else said, made fit for a sentence of ours.
enum Complaint {
    /// One line without control characters, at most `limit` characters of it.
    static func oneLine(_ bytes: some Collection<UInt8>, limit: Int = 200) -> String {
        let text = String(decoding: Array(bytes.prefix(4 * limit)), as: UTF8.self)
        let words = text.split { $0.isWhitespace || $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 } }
        let line = words.joined(separator: " ")
        return line.count > limit ? line.prefix(limit) + "…" : line
    }
}
