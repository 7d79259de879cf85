/// Existing objects and bytes of a store, as far as the log is folded.
public struct StoreTotals: Sendable, Hashable {
    public var objects: Int64
    /// Objects whose size is not known count as 0.
    public var bytes: Int64

    public init(objects: Int64 = 0, bytes: Int64 = 0) {
        self.objects = objects
        self.bytes = bytes
    }
}
