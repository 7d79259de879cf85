public import FluxEvents

/// What a forecast needs of one object.
public struct ReadHistory: Sendable, Hashable {
    /// Reads on one day.
    public struct Day: Sendable, Hashable {
        /// UTC days since 1970-01-01.
        public var day: Int32
        /// How many times the whole object the reads come to; without those of scans.
        public var fullReads: Double

        public init(day: Int32, fullReads: Double) {
            self.day = day
            self.fullReads = fullReads
        }
    }

    /// The object's public id (`obj_…`).
    public var id: String
    public var storeID: String
    public var key: [UInt8]
    /// Bytes; nil where it was never told.
    public var size: Int64?
    public var storageClass: String?
    /// When the log first told of it.
    public var firstSeen: Timestamp
    /// The modification time that its store gives it.
    public var lastModified: Timestamp?
    /// Ascending; only days with reads, of the last 400 (`accessDays`).
    public var days: [Day]
}

/// A piece of the histories of a store's objects.
public struct ReadHistoryPage: Sendable, Hashable {
    public var objects: [ReadHistory]
    /// Where the next piece begins; nil at the end.
    public var next: ReadHistoryPosition?
}

/// A place in the order of a store's keys.
public struct ReadHistoryPosition: Sendable, Hashable {
    let key: [UInt8]
    let id: Int64
}
