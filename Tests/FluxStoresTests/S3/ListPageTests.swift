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

    @Test(arguments: [
        ("<Size>7</Size>", "<Size>9007199254740993</Size>"), ("2026-11-30T15:00:00.250Z", "2300-01-01T00:00:00Z"),
        ("a+b%2Bc%FF%00", ""), ("a+b%2Bc%FF%00", String(repeating: "k", count: 4097)),
        ("ab-2", String(repeating: "e", count: 2000)), ("GLACIER", String(repeating: "G", count: 2000)),
    ])
    func whatNoObjectHasIsRefused(_ there: String, _ instead: String) {
        let text = Self.page.replacing(there, with: instead)
        #expect(text != Self.page)
        #expect(throws: XMLReader.Failure.self) { try Self.read(text) }
    }

    // MARK: From page to page

    private static func object(_ key: String) -> BucketObject {
        BucketObject(key: Array(key.utf8), size: 0, lastModified: Timestamp(milliseconds: 0), etag: "")
    }

    private static func takes(_ pages: [(keys: [String], next: String?)], prefix: String = "") -> Bool {
        var order = ListOrder(prefix: Array(prefix.utf8), bucket: S3Bucket(name: "b-1", region: "us-east-1"))
        return pages.allSatisfy { keys, next in
            var page = ListPage()
            page.objects = keys.map(object)
            page.next = next
            return (try? order.take(page)) != nil
        }
    }

    @Test func pagesGoOn() {
        #expect(Self.takes([(["a", "b"], "1"), (["c"], nil)]))
        #expect(Self.takes([([], nil)]))
        #expect(Self.takes([([], "1"), ([], "2"), (["a"], nil)]))
        #expect(Self.takes([(["p/a"], nil)], prefix: "p/"))
        for second in [["b"], ["a"], ["c", "c"], ["d", "c"]] {
            #expect(!Self.takes([(["a", "b"], "1"), (second, nil)]))
        }
        #expect(!Self.takes([(["a"], "1"), (["b"], "1")]))
        #expect(!Self.takes((0...ListOrder.maximumEmptyPages).map { ([], "\($0)") }))
        #expect(!Self.takes([(["q"], nil)], prefix: "p/"))
    }
}
