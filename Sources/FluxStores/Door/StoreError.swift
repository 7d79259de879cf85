import Glibc

/// What went wrong at the door of a store.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is. More may come; match the ones you know.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String
        private init(_ name: String) { self.name = name }
        public var description: String { name }

        /// The text is no store URL.
        public static let badURL = Code("bad_url")
        /// A scheme that this version does not know.
        public static let unknownScheme = Code("unknown_scheme")
        /// A parameter that this kind of store does not have, or a value it does not take.
        public static let badParameter = Code("bad_parameter")
        /// An ignore pattern that cannot be read.
        public static let badPattern = Code("bad_pattern")
        /// There is nothing at that place.
        public static let notFound = Code("not_found")
        /// There is something, and it is no folder.
        public static let notAFolder = Code("not_a_folder")
        /// It may not be read.
        public static let unreadable = Code("unreadable")
        /// No credentials were found, or the place that should have them gives none.
        public static let noCredentials = Code("no_credentials")
        /// The service does not know the credentials, or does not let them do it.
        public static let denied = Code("denied")
        /// Nothing answers, or only with failures; it may help to try again.
        public static let unreachable = Code("unreachable")
        /// The service answered, and not with what was asked for.
        public static let refused = Code("refused")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
        /// It is CloudFlux's own data folder, or lies within it.
        public static let dataFolder = Code("data_folder")
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

    public var description: String { message }

    /// Whether the text of the URL is wrong, whatever there is at that place.
    public var isOfTheURL: Bool { [.badURL, .unknownScheme, .badParameter, .badPattern].contains(code) }
}

/// A failed system call.
public struct SystemFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public var call: String
    public var errno: Int32

    public init(call: String, errno: Int32) {
        self.call = call
        self.errno = errno
    }

    /// Whether a user has as many inotify instances (or a process as many descriptors) as is allowed.
    public var isLimitOfInstances: Bool { errno == EMFILE }

    public var description: String { "\(call): \(SystemFailure.text(errno))" }

    static func text(_ number: Int32) -> String {
        // glibc keeps the text of unknown numbers per thread (since 2.32), and all others are constants.
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}
