/// What went wrong in the log: what failed, on what, why, and what to do now.
public struct LogError: Error, Sendable, CustomStringConvertible {
    /// The kind of an error. More kinds may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// No space could be reserved, or less than `diskReserveBytes` would be left. Nothing was written; appends
        /// work again as soon as there is space. Readers go on.
        public static let diskFull = Code("diskFull")
        /// A write or a sync failed. It is never tried again: all later appends get this error. Readers go on.
        public static let fatal = Code("fatal")
        /// The log was closed.
        public static let closed = Code("closed")
        /// Another process has the data folder open.
        public static let locked = Code("locked")
        /// Bytes on disk are not what was written. `file` and `position` say where.
        public static let damaged = Code("damaged")
        /// The data folder was written by a newer version.
        public static let newerVersion = Code("newerVersion")
        /// The data folder can't be written to.
        public static let readOnly = Code("readOnly")
        /// There is no log in the folder.
        public static let noLog = Code("noLog")
        /// A file or folder of the log may not be read by this process.
        public static let notPermitted = Code("notPermitted")
        /// A record is larger than `EmbeddedLogConfiguration.maxRecordBytes`.
        public static let tooLarge = Code("tooLarge")
        /// An offset past the head, or below zero.
        public static let outOfRange = Code("outOfRange")
        /// Some other call of the operating system failed; nothing was acknowledged, and trying again may help.
        public static let io = Code("io")
        /// A setting is not usable.
        public static let badConfiguration = Code("badConfiguration")
    }

    public var code: Code
    public var message: String
    public var underlying: (any Error)?
    /// The damaged file, where the code is `.damaged`.
    public var file: String?
    /// Where in `file` the damage starts, in bytes.
    public var position: Int64?

    public init(
        _ code: Code, _ message: String, underlying: (any Error)? = nil, file: String? = nil, position: Int64? = nil
    ) {
        self.code = code
        self.message = message
        self.underlying = underlying
        self.file = file
        self.position = position
    }

    public var description: String {
        guard let underlying = self.underlying else { return "\(self.code): \(self.message)" }
        return "\(self.code): \(self.message) (\(underlying))"
    }
}
