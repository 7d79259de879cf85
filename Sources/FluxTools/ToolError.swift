/// What went wrong in a command, in words for the person who typed it.
public struct ToolError: Error, Sendable, CustomStringConvertible {
    /// Which kind of failure it is; new ones may come.
    public struct Code: Sendable, Hashable {
        private enum Base: Sendable, Hashable {
            case usage, settings, connection, server, answerTooLarge, file, archive, store, refused, newerVersion,
                readerGone
        }
        private var base: Base
        private init(_ base: Base) { self.base = base }

        /// The command line asks for something impossible. Likely cause: a misspelt value.
        public static let usage = Code(.usage)
        /// A setting has no meaning. Likely cause: a misspelt name or a missing unit.
        public static let settings = Code(.settings)
        /// The server cannot be reached. Likely cause: it is not running, or listens elsewhere.
        public static let connection = Code(.connection)
        /// The server answered with a problem.
        public static let server = Code(.server)
        /// The server's answer is larger than is taken. Likely cause: very large events.
        public static let answerTooLarge = Code(.answerTooLarge)
        /// A file cannot be read or written.
        public static let file = Code(.file)
        /// A backup is not whole, or not one of ours.
        public static let archive = Code(.archive)
        /// A store cannot be read.
        public static let store = Code(.store)
        /// Doing it would destroy something.
        public static let refused = Code(.refused)
        /// A data folder, or a backup, was written by a later version of cloudflux.
        public static let newerVersion = Code(.newerVersion)
        /// Whoever read our output has gone (`| head`): nothing to complain of.
        public static let readerGone = Code(.readerGone)
    }

    public var code: Code
    /// One sentence or two: what failed, on what, why, and what to do now.
    public var message: String
    public var underlying: (any Error)?

    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String { message }
}
