import FluxStores
import NIOCore

/// What reading access logs needs of the bucket that they are delivered to.
protocol LogBucket: Sendable {
    var bucket: S3Bucket { get }

    func list(prefix: [UInt8], after: [UInt8]?, token: String?, delimiter: String?) async throws(StoreError) -> ListPage
    func read(_ key: [UInt8], from offset: Int64, count: Int) async throws(StoreError) -> ByteBuffer
}

extension S3Client: LogBucket {
    func list(
        prefix: [UInt8], after: [UInt8]?, token: String?, delimiter: String?
    ) async throws(StoreError) -> ListPage {
        try await list(prefix: prefix, after: after, token: token, delimiter: delimiter, limit: 1000)
    }
}
