import FluxLog
public import FluxStores

/// What went wrong with a store.
public struct IngestError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is. More may come; match the ones you know.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String
        private init(_ name: String) { self.name = name }
        public var description: String { name }

        /// The URL, a parameter of it or a pattern is wrong, or there is no such folder; `underlying` is a `StoreError`.
        public static let badStore = Code("bad_store")
        /// There is such a store already.
        public static let exists = Code("exists")
        /// It would lie in another store, or hold one.
        public static let overlapping = Code("overlapping")
        /// There is no store of that id.
        public static let notFound = Code("not_found")
        /// It makes no sense in the state that the store is in.
        public static let wrongState = Code("wrong_state")
        /// The log did not take it; `underlying` is a `LogError`.
        public static let logFailed = Code("log_failed")
        /// `sources.sqlite` cannot be opened, read or written.
        public static let sourcesFailed = Code("sources_failed")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
        /// The system gave no thread.
        public static let noResources = Code("no_resources")
    }

    public var code: Code
    /// What failed, on what, why, and what to do now.
    public var message: String
    public var underlying: (any Error)?

    public init(code: Code, message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public init(_ error: StoreError) {
        self.init(code: .badStore, message: error.message, underlying: error)
    }

    public var description: String { message }
}
