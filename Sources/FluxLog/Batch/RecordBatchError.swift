/// Why bytes are not a record batch, or not one that can be read.
public struct RecordBatchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error. More kinds may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// The bytes end before the batch does.
        public static let truncated = Code("truncated")
        /// A length, count or delta that can't be.
        public static let malformed = Code("malformed")
        /// The checksum says that bytes have changed.
        public static let badChecksum = Code("badChecksum")
        /// Magic 0 or 1, or one of the future.
        public static let unsupportedMagic = Code("unsupportedMagic")
        /// The records are compressed, and this version reads uncompressed batches only.
        public static let compressed = Code("compressed")
        /// More records or bytes than the reader's limits allow.
        public static let overLimit = Code("overLimit")
    }

    public var code: Code
    public var message: String
    /// Where, in bytes from the start of the batch.
    public var position: Int

    public init(_ code: Code, _ message: String, at position: Int) {
        self.code = code
        self.message = message
        self.position = position
    }

    public var description: String { "\(self.code) at byte \(self.position) of the batch: \(self.message)" }
}
