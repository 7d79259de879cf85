import FluxStores

/// Which objects' reads are a store's to tell. Pure.
struct ReadScope: Sendable {
    var bucket: [UInt8]
    /// Keys of the store begin with it.
    var prefix: [UInt8]
    /// Where the log files lie; their own reads are told of nowhere.
    var logBucket: [UInt8]
    var logPrefix: [UInt8]

    init(bucket: [UInt8], prefix: [UInt8], logBucket: [UInt8], logPrefix: [UInt8]) {
        self.bucket = bucket
        self.prefix = prefix
        self.logBucket = logBucket
        self.logPrefix = logPrefix
    }

    /// Of a store whose logs lie in a bucket below a prefix.
    init(of url: StoreURL, logs bucket: S3Bucket, below prefix: [UInt8]) {
        self.init(
            bucket: Array(url.bucket.utf8), prefix: Array(url.prefix.utf8), logBucket: Array(bucket.name.utf8),
            logPrefix: prefix)
    }

    func isOfBucket(_ name: some Collection<UInt8>) -> Bool { name.elementsEqual(bucket) }

    func tells(of key: [UInt8]) -> Bool {
        guard key.starts(with: prefix) else { return false }
        guard logBucket == bucket, key.starts(with: logPrefix) else { return true }
        // Without a prefix log files lie among the objects.
        return logPrefix.isEmpty && LogFileName(key, prefix: logPrefix) == nil
    }
}
