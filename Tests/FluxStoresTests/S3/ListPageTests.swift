import FluxEvents
import FluxTesting
import NIOCore
import Testing

@testable import FluxStores

@Suite struct ListPageTests {
    private static func read(_ pieces: [[UInt8]]) throws(XMLReader.Failure) -> ListPage {
        var reader = ListPageReader()
        for piece in pieces { try reader.feed(ByteBuffer(bytes: piece)) }
        return try reader.finish()
    }

    private static func read(_ text: String) throws(XMLReader.Failure) -> ListPage { try read([Array(text.utf8)]) }

    static let page = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>a%2B</Prefix>\
        <KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
        <NextContinuationToken>1/Y=+&amp;</NextContinuationToken>
        <Contents><Key>a+b%2Bc%FF%00</Key><LastModified>2026-11-30T15:00:00.250Z</LastModified><ETag>&quot;ab-2&quot;</ETag>\
        <ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Size>7</Size><StorageClass>GLACIER</StorageClass>\
        <Owner><ID>x</ID><DisplayName>Key</DisplayName></Owner><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>\
        </RestoreStatus></Contents>
        <Contents><Key>z</Key><LastModified>2026-11-30T15:00:00Z</LastModified><ETag>cd</ETag><Size>0</Size></Contents>
        <CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>
        """

    @Test func aPageIsRead() throws {
        let page = try Self.read(Self.page)
        #expect(page.next == "1/Y=+&")
        #expect(page.prefixes == [Array("a/".utf8)])
        #expect(
            page.objects == [
                BucketObject(
                    key: Array("a b+c".utf8) + [0xFF, 0], size: 7,
                    lastModified: Timestamp(milliseconds: 1_796_050_800_250),
                    etag: "ab-2", storageClass: "GLACIER"),
                BucketObject(
                    key: Array("z".utf8), size: 0, lastModified: Timestamp(milliseconds: 1_796_050_800_000), etag: "cd"),
            ])
    }

    @Test func whereItIsCutDoesNotMatter() throws {
        let bytes = Array(Self.page.utf8)
        let whole = try Self.read([bytes])
        for cut in 0...bytes.count { #expect(try Self.read([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole) }
        // And one that ends early is no page.
        for end in 0..<bytes.count {
            #expect(throws: XMLReader.Failure.self) { try Self.read([Array(bytes[..<end])]) }
        }
    }

    @Test(arguments: [
        ("<Error><Code>SlowDown</Code></Error>", "and no listing"),
        ("<ListBucketResult></ListBucketResult>", "does not say whether it is the last page"),
        ("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "does not say where"),
        ("<ListBucketResult><IsTruncated>maybe</IsTruncated></ListBucketResult>", "neither true nor false"),
        ("<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>", "no key, size or time"),
        ("<ListBucketResult><Contents><Size>-1</Size></Contents></ListBucketResult>", "size is no number"),
        ("<ListBucketResult><Contents><LastModified>now</LastModified></Contents></ListBucketResult>", "time is none"),
        ("<ListBucketResult><CommonPrefixes></CommonPrefixes></ListBucketResult>", "prefix is empty"),
        ("<!DOCTYPE html><html></html>", "HTML"),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult/>", "document type"),
    ])
    func whatIsNoPageIsRefused(_ text: String, _ words: String) {
        do {
            _ = try Self.read(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.description.contains(words), "\(error)")
        }
    }

    @Test func aBadKeyIsRefused() {
        for key in ["%", "a%2", "%GG", "%%20"] {
            let text = Self.page.replacing("a+b%2Bc%FF%00", with: key)
            #expect(throws: XMLReader.Failure.self) { try Self.read(text) }
        }
    }

    @Test func whateverArrives() {
        var random = SeededRandom()
        let words = [
            "<ListBucketResult>", "</ListBucketResult>", "<Contents>", "</Contents>", "<Key>", "</Key>", "%41",
            "<Size>", "</Size>",
            "1", "<IsTruncated>", "true", "false", "</IsTruncated>", "&amp;", "&x;", "<", ">", "\u{FEFF}", "<!--",
            "-->", "<a/>",
        ]
        for _ in 0..<3000 {
            let text = (0..<random.below(30)).map { _ in random.pick(words) }.joined()
            _ = try? Self.read(text)
        }
    }

    @Test func pagesThatDoNotGoOnAreRefused() throws {
        let bucket = S3Bucket(name: "b-1", region: "us-east-1")
        func object(_ key: String) -> BucketObject {
            BucketObject(key: Array(key.utf8), size: 0, lastModified: Timestamp(milliseconds: 0), etag: "")
        }
        var page = ListPage()
        page.objects = [object("b"), object("c")]
        try page.check(after: nil, in: bucket)
        try page.check(after: Array("a".utf8), in: bucket)
        for last in ["b", "c", "d"] {
            #expect(throws: StoreError.self) { try page.check(after: Array(last.utf8), in: bucket) }
        }
        page.objects.reverse()
        #expect(throws: StoreError.self) { try page.check(after: nil, in: bucket) }
        page.objects = []
        try page.check(after: nil, in: bucket)
        page.next = "more"
        #expect(throws: StoreError.self) { try page.check(after: nil, in: bucket) }
    }
}
