import FluxEvents
import NIOCore

/// One page of ListObjectsV2.
public struct ListPage: Sendable, Hashable {
    public var objects: [BucketObject] = []
    /// Prefixes that end in the delimiter, where one was asked for.
    public var prefixes: [[UInt8]] = []
    /// What to ask the next page with; nil: there is none.
    public var next: String?

    public init() {}
}

/// Follows a listing from page to page. What is not in order cannot be compared, and what does not go on would never end.
/// Pure.
public struct ListOrder: Sendable, Hashable {
    /// Pages without any object, one after another, though each says that there is more.
    public static let maximumEmptyPages = 100

    let prefix: [UInt8]
    let bucket: S3Bucket
    private var last: [UInt8]?
    private var token: String?
    private var emptyPages = 0

    public init(prefix: [UInt8], bucket: S3Bucket) {
        self.prefix = prefix
        self.bucket = bucket
    }

    /// - Throws: `StoreError` (`refused`) where the page is not behind those before it.
    public mutating func take(_ page: ListPage) throws(StoreError) {
        for object in page.objects {
            if let last, !last.lexicographicallyPrecedes(object.key) {
                throw refused(
                    "does not list the bucket “\(bucket.name)” in the order of its keys, so nobody can say what is new")
            }
            guard object.key.starts(with: prefix) else {
                throw refused("lists keys of the bucket “\(bucket.name)” that do not begin with the prefix")
            }
            last = object.key
        }
        emptyPages = page.objects.isEmpty && page.prefixes.isEmpty ? emptyPages + 1 : 0
        if let next = page.next, next == token || emptyPages > Self.maximumEmptyPages {
            throw refused("gives page after page of the bucket “\(bucket.name)” and does not get on")
        }
        token = page.next
    }

    private func refused(_ what: String) -> StoreError {
        StoreError(code: .refused, message: "\(bucket.service.withoutSlash) \(what).")
    }
}

/// Reads a page as it arrives. Pure.
///
/// Source: Amazon S3 API Reference, "ListObjectsV2". Keys are asked for and read with `encoding-type=url`, as XML cannot
/// hold every character of a key; bytes that are not UTF-8 come through as they are.
struct ListPageReader: AnswerReader {
    /// A page has at most 1,000 objects, with keys of at most 1,024 bytes, each of them written as three.
    static let maximumBytes: Int64 = 16 << 20
    /// Objects and prefixes of a page.
    static let maximumEntries = 10_000
    /// A key's length (bytes); S3's own have at most 1,024, others may allow more.
    static let maximumKeyBytes = 4096
    /// The length of an ETag or a storage class, and of any text that is kept (bytes).
    static let maximumWordBytes = 1024
    /// The largest size: the largest whole number that JSON's readers agree on.
    static let maximumSize: Int64 = 1 << 53
    /// The latest time whose nanoseconds are still a number of 64 bits, in 2262.
    static let latest = Timestamp(milliseconds: Int64.max / 1_000_000)

    private var xml = XMLReader()
    private var page = ListPage()
    private var text: [UInt8] = []
    private var entry = Entry()
    private var isTruncated: Bool?
    private var isEncoded = false
    private var depth = 0

    private struct Entry {
        var key: [UInt8]?
        var size: Int64?
        var lastModified: Timestamp?
        var etag = ""
        var storageClass = "STANDARD"
        var prefix: [UInt8]?
    }

    mutating func feed(_ piece: ByteBuffer) throws(XMLReader.Failure) {
        xml.feed(piece.readableBytesView)
        while let token = try xml.next() {
            switch token {
            case .begin(let name):
                depth += 1
                if depth == 1, name != "ListBucketResult" {
                    throw failure("the answer is <\(name.prefix(64))> and no listing")
                }
                text.removeAll(keepingCapacity: true)
                if depth == 2 { entry = Entry() }
            case .text(let more):
                text += more
                guard text.count <= XMLReader.maximumTokenBytes else { throw failure("a text is too long") }
            case .end(let name):
                try end(name)
                depth -= 1
                text.removeAll(keepingCapacity: true)
            }
        }
    }

    mutating func finish() throws(XMLReader.Failure) -> ListPage {
        try xml.end()
        guard let isTruncated else { throw failure("the listing does not say whether it is the last page") }
        guard isTruncated == (page.next != nil) || !isTruncated else {
            throw failure("the listing goes on, and does not say where")
        }
        if !isTruncated { page.next = nil }
        for place in page.objects.indices {
            page.objects[place].key = try decoded(page.objects[place].key)
            guard (1...Self.maximumKeyBytes).contains(page.objects[place].key.count) else {
                throw failure("a key is empty or longer than \(Self.maximumKeyBytes) bytes")
            }
        }
        for place in page.prefixes.indices { page.prefixes[place] = try decoded(page.prefixes[place]) }
        return page
    }

    private mutating func end(_ name: String) throws(XMLReader.Failure) {
        if depth == 3 {
            // Owners, checksums and restores have elements within these, at a greater depth.
            switch name {
            case "Key": entry.key = text
            case "Size":
                guard let size = Int64(word), (0...Self.maximumSize).contains(size) else {
                    throw failure("an object's size is no number")
                }
                entry.size = size
            case "LastModified":
                guard let time = Timestamp(rfc3339Bytes: text), time <= Self.latest else {
                    throw failure("an object's time is none")
                }
                entry.lastModified = time
            case "ETag":
                guard text.count <= Self.maximumWordBytes else { throw failure("an ETag is too long") }
                entry.etag = Self.unquoted(text)
            case "StorageClass":
                guard text.count <= Self.maximumWordBytes else { throw failure("a storage class is too long") }
                if !text.isEmpty { entry.storageClass = word }
            case "Prefix": entry.prefix = text
            default: break
            }
        } else if depth == 2 {
            switch name {
            case "Contents":
                guard let key = entry.key, let size = entry.size, let time = entry.lastModified else {
                    throw failure("an object has no key, size or time")
                }
                page.objects.append(
                    BucketObject(
                        key: key, size: size, lastModified: time, etag: entry.etag, storageClass: entry.storageClass))
            case "CommonPrefixes":
                guard let prefix = entry.prefix else { throw failure("a common prefix is empty") }
                page.prefixes.append(prefix)
            case "IsTruncated":
                switch word {
                case "true": isTruncated = true
                case "false": isTruncated = false
                default: throw failure("IsTruncated is neither true nor false")
                }
            case "NextContinuationToken": page.next = word
            case "EncodingType": isEncoded = word == "url"
            default: break
            }
            guard page.objects.count + page.prefixes.count <= Self.maximumEntries else {
                throw failure("the page has more than \(Self.maximumEntries) objects")
            }
        }
    }

    private var word: String { String(decoding: text, as: UTF8.self) }

    private static func unquoted(_ text: [UInt8]) -> String {
        let quote = UInt8(ascii: "\"")
        let inner =
            text.count >= 2 && text.first == quote && text.last == quote ? text[1..<(text.count - 1)] : text[...]
        return String(decoding: inner, as: UTF8.self)
    }

    private func decoded(_ text: [UInt8]) throws(XMLReader.Failure) -> [UInt8] {
        guard isEncoded else { return text }
        guard let bytes = PercentCoding.decode(bytes: text, plusIsSpace: true) else {
            throw failure("a key has a % that is not followed by two hexadecimal digits")
        }
        return bytes
    }

    private func failure(_ words: String) -> XMLReader.Failure { XMLReader.Failure(description: words, at: 0) }
}
