/// A filter expression, parsed and ready to be asked.
public struct Filter: Sendable, Hashable {
    /// The expression as it was given.
    public var text: String

    /// Parses an expression; `now` in it means this time from here on.
    public init(_ text: String, now: Timestamp) throws(FilterError) {
        self.text = text
    }

    /// Lets everything pass; the empty expression.
    public static let everything = Filter(checked: "")

    private init(checked: String) { text = checked }

    /// Whether `system.inventory` is named, so that inventory may pass at all.
    public var includesInventory: Bool { text.contains("system.inventory") }

    /// Whether the event passes.
    public func matches(_ event: FilterView) -> Bool {
        text.isEmpty || event.event.event.type.rawValue.contains(text)
    }
}

/// An event as filters see it: each field is read once, whatever the number of filters. Belongs to one thread.
public final class FilterView {
    public let event: StoredEvent

    public init(_ event: StoredEvent) {
        self.event = event
    }
}
