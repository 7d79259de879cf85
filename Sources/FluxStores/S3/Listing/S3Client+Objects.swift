import FluxEvents
public import NIOCore

extension S3Client {
    /// One page of the objects whose keys begin with a prefix, in byte order of the keys.
    ///
    /// - Parameters:
    ///   - after: only keys behind this one.
    ///   - token: `next` of the page before; nil: the first page.
    ///   - delimiter: keys that have it behind the prefix are told as one prefix.
    ///   - limit: at most so many, 1–1,000.
    public func list(
        prefix: [UInt8], after: [UInt8]? = nil, token: String? = nil, delimiter: String? = nil, limit: Int = 1000
    ) async throws(StoreError) -> ListPage {
        var query: [AWSRequest.Parameter] = [.init("list-type", "2"), .init("encoding-type", "url")]
        if limit != 1000 { query.append(.init("max-keys", String(limit))) }
        if !prefix.isEmpty { query.append(.init(bytes: Array("prefix".utf8), prefix)) }
        if let delimiter { query.append(.init("delimiter", delimiter)) }
        if let token {
            query.append(.init("continuation-token", token))
        } else if let after {
            query.append(.init(bytes: Array("start-after".utf8), after))
        }
        let call = Call(query: query, doing: "list it", permission: "s3:ListBucket")
        return try await ask(call) { ListPageReader() }.value
    }

    /// An object as it is now; nil where there is none, or where a delete marker is the newest.
    public func head(_ key: [UInt8]) async throws(StoreError) -> BucketObject? {
        let call = Call(method: "HEAD", key: key, doing: "look at an object", permission: "s3:GetObject")
        let head: AWSCaller.Head
        do {
            head = try await ask(call) { NothingReader() }.head
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        guard let size = head["content-length"].flatMap({ Int64($0) }), (0...ListPageReader.maximumSize).contains(size),
            let modified = head["last-modified"].flatMap(HTTPDate.parse), modified <= ListPageReader.latest
        else {
            throw StoreError(
                code: .refused,
                message: "\(bucket.service.withoutSlash) does not say how large an object is and when it was written.")
        }
        let etag = head["etag"].map { $0.filter { $0 != "\"" } } ?? ""
        return BucketObject(
            key: key, size: size, lastModified: modified, etag: etag,
            storageClass: head["x-amz-storage-class"] ?? "STANDARD")
    }

    /// A part of an object: at most `count` bytes from `offset` on; fewer where it ends.
    public func read(_ key: [UInt8], from offset: Int64, count: Int) async throws(StoreError) -> ByteBuffer {
        guard count > 0 else { return ByteBuffer() }
        let call = Call(
            key: key, headers: [.init("Range", "bytes=\(offset)-\(offset + Int64(count) - 1)")],
            doing: "read an object", permission: "s3:GetObject")
        let answer = try await ask(call) { BytesReader() }
        guard answer.head.status == 206 || answer.value.readableBytes <= count else {
            throw StoreError(
                code: .refused,
                message: "\(bucket.service.withoutSlash) gives whole objects where a part was asked for.")
        }
        return answer.value
    }
}

/// Of an answer without a body.
struct NothingReader: AnswerReader {
    static var maximumBytes: Int64 { 64 << 10 }
    mutating func feed(_ piece: ByteBuffer) throws(XMLReader.Failure) {}
    func finish() throws(XMLReader.Failure) {}
}

/// Keeps the body.
struct BytesReader: AnswerReader {
    static var maximumBytes: Int64 { 64 << 20 }
    private var bytes = ByteBuffer()

    mutating func feed(_ piece: ByteBuffer) throws(XMLReader.Failure) { bytes.writeImmutableBuffer(piece) }
    func finish() throws(XMLReader.Failure) -> ByteBuffer { bytes }
}
