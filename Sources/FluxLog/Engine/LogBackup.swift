/// A consistent set of bytes to copy while the log goes on: the first `bytes` bytes of each file are durable and don't
/// change. Held against retention until `end()`.
public struct LogBackup: Sendable {
    public struct File: Sendable, Hashable {
        /// Relative to the data folder, for example `log/events-0/00000000000000000000.log`.
        public var path: String
        public var bytes: Int64

        public init(path: String, bytes: Int64) {
            self.path = path
            self.bytes = bytes
        }
    }

    public var files: [File]
    public var epoch: UInt64
    /// The head of each topic that the copy will have.
    public var heads: [String: Int64]
    let release: @Sendable () -> Void

    /// Gives the hold back.
    public func end() {
        self.release()
    }
}
