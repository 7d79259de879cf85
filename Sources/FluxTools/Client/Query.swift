import FluxEvents

/// The query part of a URL, percent-encoded.
public struct Query: Sendable {
    /// With its question mark; empty where there is nothing to ask.
    public var text: String

    /// Leaves out what is nil.
    public init(_ items: [(name: String, value: String?)]) {
        let pairs = items.compactMap { item in item.value.map { item.name + "=" + PercentCoding.encode($0) } }
        text = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }
}
