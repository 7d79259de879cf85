public import FluxEvents

/// An object as a listing tells of it.
public struct BucketObject: Sendable, Hashable {
    /// The class of an object that names none.
    public static let standardClass = "STANDARD"

    /// Byte for byte.
    public var key: [UInt8]
    /// Bytes.
    public var size: Int64
    public var lastModified: Timestamp
    /// Without its quotes.
    public var etag: String
    /// `STANDARD` where the answer says nothing.
    public var storageClass: String

    public init(
        key: [UInt8], size: Int64, lastModified: Timestamp, etag: String,
        storageClass: String = BucketObject.standardClass
    ) {
        self.key = key
        self.size = size
        self.lastModified = lastModified
        self.etag = etag
        self.storageClass = storageClass
    }
}

extension KnownObject {
    /// Whether an object's content is still as it was told. What is not known of it is not compared.
    public func hasSameContent(as object: BucketObject) -> Bool {
        size == object.size && (etag == nil || etag == object.etag)
            && (modified == nil || modified == object.lastModified)
    }

    /// Whether nothing that a listing tells has changed.
    public func isSame(as object: BucketObject) -> Bool {
        hasSameContent(as: object) && (storageClass ?? BucketObject.standardClass) == object.storageClass
    }
}
