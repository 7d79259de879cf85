/// Which objects' reads are a store's to tell. Pure.
struct ReadScope: Sendable {
    var bucket: [UInt8]
    /// Keys of the store begin with it.
    var prefix: [UInt8]
    /// Where the log files lie; their own reads are told of nowhere.
    var logBucket: [UInt8]
    var logPrefix: [UInt8]

    func isOfBucket(_ name: some Collection<UInt8>) -> Bool { name.elementsEqual(bucket) }

    func tells(of key: [UInt8]) -> Bool {
        guard key.starts(with: prefix) else { return false }
        guard logBucket == bucket, key.starts(with: logPrefix) else { return true }
        // Without a prefix log files lie among the objects.
        return logPrefix.isEmpty && LogFileName(key, prefix: logPrefix) == nil
    }
}
