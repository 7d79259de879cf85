import FluxEvents
import FluxLog

/// Which part of the log a list or an export shows, and what of it passes.
struct HistoryQuery: Sendable {
    enum Order: String, Sendable {
        case ascending = "asc"
        case descending = "desc"
    }

    var order = Order.descending
    var limit = 50
    /// Where the page begins: ascending, the first offset it may show; descending, the one behind the last.
    var start: Int64?
    var filter: Filter?
    var since: Timestamp?
    var until: Timestamp?
    /// Whether `total` is worth examining everything for.
    var count = false

    /// The parameters of a filter and a span of time, shared by lists and exports.
    static let selection: [Parameter] = [
        .query(
            "filter", .filter, "Only what passes this filter expression.",
            example: "type:cloud.* size>1MB"),
        .query("since", .time, "Only events recorded at this time or later.", example: "2026-11-23T00:00:00Z"),
        .query("until", .time, "Only events recorded before this time.", example: "2026-11-24T00:00:00Z"),
    ]

    init() {}

    /// Reads the filter and the span of time.
    init(selection call: Call) throws {
        let now = call.now
        var text = call.query["filter"] ?? ""
        if !text.isEmpty { filter = try Filter(text, now: now) }
        if let type = call.query["type"] {
            guard type.utf8.allSatisfy(Self.isTypeCharacter) else {
                throw Problem.badParameter(
                    "type", "“type” must be a type such as cloud.upload; `*` stands for any run of characters.")
            }
            text = text.isEmpty ? "type:\(type)" : "(\(text)) type:\(type)"
            filter = try Filter(text, now: now)
        }
        since = call.query.time("since")
        until = call.query.time("until")
    }

    private static func isTypeCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x2F, 0x5F: true
        default: false
        }
    }

    /// Whether inventory may pass.
    var includesInventory: Bool { filter?.includesInventory ?? false }

    /// Whether everything that is listed passes, so that totals need no reading.
    var isUnrestricted: Bool { filter == nil }

    /// Whether a stored record is to be shown, or is no event, which is to be told. `view` is turned to it.
    func passes(_ stored: StoredRecord, _ view: FilterView) -> Bool {
        view.look(at: stored)
        return (filter ?? .everything).passes(view) || view.isForeign
    }
}

/// A page of history.
struct HistoryPage: Sendable {
    var events: [StoredEvent] = []
    /// Where the next page starts; nil at the end.
    var next: Int64?
    var total: Int64?
    /// How many records were looked at.
    var scanned = 0
    /// Offsets in the page's span that could not be shown.
    var gaps: [LogGap] = []
}
