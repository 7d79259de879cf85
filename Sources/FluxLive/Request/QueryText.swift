import FluxEvents

/// Splits a request target's query into decoded names and values.
enum QueryText {
    /// The most parameters that are looked at.
    static let maximumItems = 64

    /// Items of the part behind the first `?` of a request target. `+` is a space, as browsers write it.
    static func items(ofTarget target: String) throws(StreamRequestError) -> [(name: String, value: String)] {
        guard let mark = target.utf8.firstIndex(of: 0x3F) else { return [] }
        let query = target[target.index(after: mark)...].prefix { $0 != "#" }
        var items: [(name: String, value: String)] = []
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            guard items.count < maximumItems else {
                throw StreamRequestError(
                    code: .badParameter, message: "The query has more than \(maximumItems) parameters.")
            }
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            let name = try decode(pair[..<equals])
            let value = equals == pair.endIndex ? "" : try decode(pair[pair.index(after: equals)...])
            items.append((name, value))
        }
        return items
    }

    private static func decode(_ text: Substring) throws(StreamRequestError) -> String {
        if let decoded = PercentCoding.decode(text, plusIsSpace: true) { return decoded }
        throw StreamRequestError(
            code: .badParameter,
            message:
                "“\(StartPoint.shown(String(text)))” in the query is not percent-encoded UTF-8 text; write a percent "
                + "sign as %25.")
    }
}
