import FluxTesting
import Testing

@testable import FluxStores

@Suite struct XMLReaderTests {
    /// The tokens of a document that arrives in these pieces; neighbouring texts are one.
    private static func read(
        _ pieces: [[UInt8]], limit: Int = XMLReader.maximumTokenBytes
    ) throws(XMLReader.Failure) -> [XMLReader.Token] {
        var reader = XMLReader(maximumTokenBytes: limit)
        var tokens: [XMLReader.Token] = []
        for piece in pieces {
            reader.feed(piece)
            while let token = try reader.next() {
                if case .text(let more) = token, case .text(let text)? = tokens.last {
                    tokens[tokens.count - 1] = .text(text + more)
                } else {
                    tokens.append(token)
                }
            }
        }
        try reader.end()
        return tokens
    }

    private static func read(_ text: String) throws(XMLReader.Failure) -> [XMLReader.Token] {
        try read([Array(text.utf8)])
    }

    private static func text(_ text: String) -> XMLReader.Token { .text(Array(text.utf8)) }

    static let page = """
        \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><!-- > --><Name>b</Name><Prefix/>\
        <ns2:Contents a='>' b="'"><Key>a&amp;b&#x1F642;&#228;&lt;</Key><ETag>&quot;1&quot;</ETag></ns2:Contents >\
        <Note><![CDATA[<&]]></Note></ListBucketResult>

        """

    @Test func aPageIsRead() throws {
        #expect(
            try Self.read(Self.page) == [
                .begin("ListBucketResult"), .begin("Name"), Self.text("b"), .end("Name"), .begin("Prefix"),
                .end("Prefix"),
                .begin("Contents"), .begin("Key"), Self.text("a&b🙂ä<"), .end("Key"), .begin("ETag"), Self.text("\"1\""),
                .end("ETag"), .end("Contents"), .begin("Note"), Self.text("<&"), .end("Note"), .end("ListBucketResult"),
            ])
    }

    @Test func whereItIsCutDoesNotMatter() throws {
        let bytes = Array(Self.page.utf8)
        let whole = try Self.read([bytes])
        for cut in 0...bytes.count { #expect(try Self.read([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole) }
        #expect(try Self.read(bytes.map { [$0] }) == whole)
    }

    @Test func oneThatEndsInTheMiddleIsToldSo() {
        let bytes = Array(Self.page.utf8)
        for end in 0..<bytes.count - 2 {
            #expect(throws: XMLReader.Failure.self, "\(end)") { try Self.read([Array(bytes[..<end])]) }
        }
    }

    private static let long = String(repeating: "b", count: 70_000)
    private static let refused: [(String, String)] = [
        ("", "The answer is empty"),
        ("<!DOCTYPE html><html></html>", "The answer is HTML and no XML"),
        ("<!doctype HTML PUBLIC>", "The answer is HTML and no XML"),
        (
            "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
            "The XML has a document type, which is not read"
        ),
        ("<a>&b;</a>", "The XML has the entity &b;, and none but the five of XML are read"),
        ("<a>&#xD800;</a>", "The XML refers to the character &#xD800;, which there is not"),
        ("<a>&#0;</a>", "The XML refers to the character &#0;, which there is not"),
        ("<a>a & b</a>", "The XML has an & that begins no reference"),
        ("{\"error\": 1}", "The answer is no XML"),
        ("<a></b>", "The XML ends </b> where </a> is open"),
        ("</a>", "The XML ends </a> where </nothing> is open"),
        ("<a/><b/>", "Something stands behind the XML"),
        ("<a/>b", "Something stands behind the XML"),
        ("<a", "The answer is no XML"),
        ("<a>", "The XML ends in the middle"),
        ("<a><b<c></a>", "The XML has a < within a tag"),
        ("<>", "The XML has a tag without a name"),
        ("<a><![CDATA[b", "The XML ends in the middle"),
        (String(repeating: "<a>", count: 33), "The XML has more than 32 elements within each other"),
        ("<a>\(long)</a>", "A part of the XML is longer than 65536 bytes"),
        ("<a>\(long)", "A part of the XML is longer than 65536 bytes"),
        ("<a b='\(long)'/>", "A part of the XML is longer than 65536 bytes"),
        ("<!--\(long)--><a/>", "A part of the XML is longer than 65536 bytes"),
        ("<$/>", "The XML has a tag without a name"),
    ]

    @Test(arguments: refused)
    func whatIsRefusedIsToldInWords(text: String, words: String) {
        let failure = #expect(throws: XMLReader.Failure.self) { try Self.read(text) }
        #expect(failure?.description == words)
    }

    @Test func afterAFailureThereIsNothingMore() {
        var reader = XMLReader()
        reader.feed(Array("<a><$/></a>".utf8))
        #expect(throws: Never.self) { try reader.next() }
        for _ in 0..<3 { #expect(throws: XMLReader.Failure.self) { try reader.next() } }
        #expect(throws: XMLReader.Failure.self) { try reader.end() }
    }

    @Test func blanksMayComeForALongTime() throws {
        let blanks = [UInt8](repeating: 0x20, count: 200_000)
        #expect(try Self.read([blanks, Array("<a/>".utf8), blanks]) == [.begin("a"), .end("a")])
        #expect(try Self.read([blanks + Array("<a/>".utf8) + blanks]) == [.begin("a"), .end("a")])
    }

    /// Any bytes end in tokens or a failure, the same wherever they are cut.
    @Test(arguments: SeededRandom.seeds(4))
    func anyBytesAreReadOrRefused(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<3_000 {
            var bytes = Array(Self.page.utf8)
            for _ in 0..<1 + random.below(4) {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[place] = UInt8(random.below(256))
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array("<>&;!-[]/\"'".utf8)[random.below(11)], at: place)
                }
            }
            // Low enough to be met.
            let limit = [12, 40, XMLReader.maximumTokenBytes][random.below(3)]
            let whole = Result { () throws(XMLReader.Failure) in try Self.read([bytes], limit: limit) }
            let cut = random.below(bytes.count + 1)
            let parts = Result { () throws(XMLReader.Failure) in
                try Self.read([Array(bytes[..<cut]), Array(bytes[cut...])], limit: limit)
            }
            switch (whole, parts) {
            case (.success(let one), .success(let other)): #expect(one == other, "seed \(seed), cut \(cut): \(bytes)")
            case (.failure(let one), .failure(let other)):
                #expect(one.description == other.description, "seed \(seed), cut \(cut): \(bytes)")
            default: Issue.record("seed \(seed), cut \(cut): \(whole) and \(parts): \(bytes)")
            }
        }
    }
}
