/// What went wrong in the catalogue: what failed, on what, why, and what to do now.
public struct CatalogError: Error, Sendable, CustomStringConvertible {
    /// Why, as a program tells it. New codes may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let name: String
        public var description: String { name }

        /// A query parameter that does not exist, or a value it cannot have. `CatalogError.parameter` names it.
        public static let badParameter = Code(name: "bad_parameter")
        /// A paging cursor that was not made by this catalogue, or for another query.
        public static let badCursor = Code(name: "bad_cursor")
        /// The catalogue's file was written by a newer version of CloudFlux.
        public static let newerVersion = Code(name: "newer_version")
        /// The file or its folder may not be written.
        public static let readOnly = Code(name: "read_only")
        /// No space left where the catalogue lies. It goes on by itself when there is.
        public static let diskFull = Code(name: "disk_full")
        /// The file is damaged. It is rebuilt from the newest snapshot and the log at the next start.
        public static let damaged = Code(name: "damaged")
        /// The log has damage at the catalogue's position.
        public static let logDamaged = Code(name: "log_damaged")
        /// The log could not be read.
        public static let logUnreadable = Code(name: "log_unreadable")
        /// The catalogue was closed.
        public static let closed = Code(name: "closed")
        /// Anything else that SQLite or the file system refused.
        public static let storage = Code(name: "storage")
    }

    public var code: Code
    /// One or two sentences for a person.
    public var message: String
    /// The query parameter that is meant, for `badParameter` and `badCursor`.
    public var parameter: String?
    /// What the layer below said.
    public var underlying: (any Error)?

    public init(_ code: Code, _ message: String, parameter: String? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.parameter = parameter
        self.underlying = underlying
    }

    public var description: String { message }
}
