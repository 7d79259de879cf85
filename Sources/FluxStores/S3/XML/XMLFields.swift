/// Small answers: the text of each element that holds nothing but text, by its name.
enum XMLFields {
    /// The most elements (an error has about ten, a role's credentials about as many).
    static let maximum = 256

    /// Of elements with one name the first counts.
    static func read(_ bytes: some Sequence<UInt8>) throws(XMLReader.Failure) -> [String: String] {
        var reader = XMLReader()
        reader.feed(bytes)
        var fields: [String: String] = [:]
        var text: [UInt8]? = nil
        while let token = try reader.next() {
            switch token {
            case .begin: text = []
            case .text(let more): text?.append(contentsOf: more)
            case .end(let name):
                if let text, fields[name] == nil, fields.count < maximum {
                    fields[name] = String(decoding: text, as: UTF8.self)
                }
                text = nil
            }
        }
        try reader.end()
        return fields
    }
}
