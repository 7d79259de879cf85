import FluxEvents

/// Which objects, in which order, and how many of them.
public struct ObjectQuery: Sendable, Hashable {
    /// What a list can be sorted by.
    public enum Sort: String, Sendable, Hashable, CaseIterable {
        /// The key, byte by byte.
        case name
        /// Bytes; unknown counts as less than 0.
        case size
        /// When its content last changed, as far as known; never counts as least.
        case lastChange = "last_change"
        /// When it was last read, scans apart; never counts as least.
        case lastAccess = "last_access"
        /// The same: what an object calls `last_read`.
        case lastRead = "last_read"
        /// Reads ever seen, scans apart.
        case accesses
        /// When the log first told of it.
        case firstSeen = "first_seen"

        /// The column whose index is in this order.
        var column: String {
            switch self {
            case .name: "key"
            case .lastRead: Self.lastAccess.rawValue
            default: rawValue
            }
        }

        /// The index that is in this order.
        var index: String { "object_" + (self == .name ? rawValue : column) }
    }

    /// What objects were last called.
    public enum Warmth: String, Sendable, Hashable, CaseIterable {
        case hot = "HOT"
        case warm = "WARM"
        case cold = "COLD"
        case archive = "ARCHIVE"
        /// Those that were never judged.
        case none = "NONE"

        /// - Parameter temperature: as a shelf has it.
        func matches(_ temperature: String) -> Bool { temperature == (self == .none ? "" : rawValue) }
    }

    public enum Order: String, Sendable, Hashable, CaseIterable {
        case ascending = "asc"
        case descending = "desc"
    }

    /// Objects a page: 1–1,000.
    public var limit: Int
    /// `ObjectPage.nextCursor` of the page before, of the same query.
    public var cursor: String?
    /// Part of the key, ignoring case; at most `maximumSearchBytes` of UTF-8. Empty or nil: all.
    public var search: String?
    /// Only this store (its id).
    public var store: String?
    /// Only this provider (`aws`, `azure`, `gcp`, `file`).
    public var provider: String?
    /// Only this bucket.
    public var bucket: String?
    /// Only this tier, as the cloud names it.
    public var tier: String?
    /// Only those that were last called so.
    public var temperature: Warmth?
    /// The deleted objects that are still remembered, instead of those that exist.
    public var deleted: Bool
    public var sort: Sort
    public var order: Order

    public static let limits = 1...1000
    public static let defaultLimit = 50
    /// The longest text to search for (bytes).
    public static let maximumSearchBytes = 1024

    public init(
        limit: Int = ObjectQuery.defaultLimit, cursor: String? = nil, search: String? = nil, store: String? = nil,
        provider: String? = nil, bucket: String? = nil, tier: String? = nil, temperature: Warmth? = nil,
        deleted: Bool = false, sort: Sort = .name, order: Order? = nil
    ) {
        self.limit = limit
        self.cursor = cursor
        self.search = search
        self.store = store
        self.provider = provider
        self.bucket = bucket
        self.tier = tier
        self.temperature = temperature
        self.deleted = deleted
        self.sort = sort
        self.order = order ?? (sort == .name ? .ascending : .descending)
    }

    /// The parameters of `GET /api/objects`.
    public static let parameters = [
        "limit", "cursor", "q", "store", "provider", "bucket", "tier", "temperature", "deleted", "sort", "order",
    ]

    /// Reads the parameters of `GET /api/objects`, already percent-decoded.
    ///
    /// Throws `.badParameter` with the parameter's name for one that is unknown, given twice, or has a bad value. The
    /// cursor itself is checked when the query is run. Without `order`, names ascend and all else descends.
    public init(parameters items: some Sequence<(name: String, value: String)>) throws(CatalogError) {
        self.init()
        var seen: Set<String> = []
        var order: Order?
        for (name, value) in items {
            guard Self.parameters.contains(name) else {
                let near = Suggestion.nearest(to: name, among: Self.parameters).map { " Did you mean “\($0)”?" } ?? ""
                throw Self.bad(name, "There is no parameter “\(Self.shown(name))”.\(near)")
            }
            guard seen.insert(name).inserted else { throw Self.bad(name, "“\(name)” may be given once only.") }
            switch name {
            case "limit":
                guard let number = Int(value), Self.limits.contains(number) else {
                    throw Self.bad(name, "“limit” must be a number from 1 to 1000.")
                }
                limit = number
            case "cursor": cursor = value.isEmpty ? nil : value
            case "q": search = value.isEmpty ? nil : value
            case "store": store = value
            case "provider": provider = value
            case "bucket": bucket = value
            case "tier": tier = value
            case "temperature": temperature = try Self.choice(name, value) as Warmth
            case "deleted":
                guard value == "0" || value == "1" else { throw Self.bad(name, "“deleted” must be 0 or 1.") }
                deleted = value == "1"
            case "sort": sort = try Self.choice(name, value)
            default: order = try Self.choice(name, value) as Order
            }
        }
        self.order = order ?? (sort == .name ? .ascending : .descending)
        try check()
    }

    /// Throws `.badParameter` where a value cannot be.
    func check() throws(CatalogError) {
        guard Self.limits.contains(limit) else { throw Self.bad("limit", "“limit” must be a number from 1 to 1000.") }
        if let search, search.utf8.count > Self.maximumSearchBytes {
            throw Self.bad("q", "“q” may have at most \(Self.maximumSearchBytes) bytes; shorten it.")
        }
    }

    private static func choice<T: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ value: String
    ) throws(CatalogError) -> T {
        if let found = T(rawValue: value) { return found }
        let known = T.allCases.map(\.rawValue)
        let near = Suggestion.nearest(to: value, among: known).map { " Did you mean “\($0)”?" } ?? ""
        throw bad(name, "“\(name)” must be one of \(known.joined(separator: ", ")).\(near)")
    }

    private static func bad(_ parameter: String, _ message: String) -> CatalogError {
        CatalogError(.badParameter, message, parameter: parameter)
    }

    /// A name from outside as it may stand in a message.
    private static func shown(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(40).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) }
        return String(plain) + (text.unicodeScalars.count > 40 ? "…" : "")
    }
}
