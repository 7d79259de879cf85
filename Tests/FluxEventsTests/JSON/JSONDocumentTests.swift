import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

@Suite struct JSONDocumentTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONDocument.parse(buffer(text)).root }

    private func error(_ bytes: [UInt8]) -> JSONError? {
        #expect(throws: JSONError.self) { try JSONDocument.parse(ByteBuffer(bytes: bytes)) }
    }

    @Test func readsEveryKindOfValue() throws {
        let root = try parse(
            " {\"a\": [1, -2.5e1, true, false, null, \"x\\u00e9\\n\\ud83d\\ude00\"], \"b\": {}, \"\\u0063\": \"é\" } ")
        #expect(root.kind == .object)
        #expect(root.count == 3)
        #expect(root["a"]?[0]?.int64 == 1)
        #expect(root["a"]?[1]?.double == -25)
        #expect(root["a"]?[2]?.bool == true)
        #expect(root["a"]?[3]?.bool == false)
        #expect(root["a"]?[4]?.isNull == true)
        #expect(root["a"]?[5]?.string == "xé\n😀")
        #expect(root["a"]?[6] == nil)
        #expect(root["c"]?.string == "é")
        #expect(root["d"] == nil)
        #expect(root.members.map(\.key) == ["a", "b", "c"])
        #expect(root["a"]?.elements.map(\.kind) == [.number, .number, .true, .false, .null, .string])
    }

    @Test func rangesAreBytesOfTheText() throws {
        var bytes = buffer("xx{\"é\" : [1 ,2] }")
        bytes.moveReaderIndex(forwardBy: 2)
        let root = try JSONDocument.parse(bytes).root
        let array = try #require(root["é"])
        #expect(array.range == 8..<14)
        #expect(array.bytes == buffer("[1 ,2]"))
        #expect(array.compactBytes == buffer("[1,2]"))
    }

    @Test func compactTextKeepsStringsAsTheyAre() throws {
        let value = try parse("{ \"a \\\" b\\\\\" :\r\n\t[ 1 , \"x  y\" ] }")
        #expect(value.compactBytes == buffer(#"{"a \" b\\":[1,"x  y"]}"#))
    }

    @Test func wholeNumbersAreExact() throws {
        for (text, expected) in [
            ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("5.0", 5), ("1e3", 1000),
            ("-0", 0), ("1.5e1", 15),
        ] { #expect(try parse(text).int64 == expected, "\(text)") }
        for text in ["9223372036854775808", "5.5", "1e400", "9007199254740993.0", "1e-1"] {
            #expect(try parse(text).int64 == nil, "\(text)")
        }
        #expect(try parse("1e400").double == nil)
        #expect(try parse("0.1").double == 0.1)
    }

    @Test(arguments: [
        ("", 0), (" ", 1), ("nul", 0), ("nulll", 4), ("True", 0), ("01", 1), ("-", 1), ("-a", 1), ("1.", 2), (".5", 0),
        ("1e", 2), ("1e+", 3), ("+1", 0), ("0x1", 1), ("NaN", 0), ("Infinity", 0), ("-Infinity", 1), ("[1,]", 3),
        ("[1 2]", 3), ("[", 1), ("[1", 2), ("{", 1), ("{\"a\"}", 4), ("{\"a\":}", 5), ("{\"a\":1,}", 7), ("{a:1}", 1),
        ("{'a':1}", 1), ("\"", 0), ("\"\n\"", 1), ("\"\\x\"", 1), ("\"\\u12g4\"", 1), ("\"\\", 1), ("1 2", 2),
        ("{}x", 2),
        ("[1]]", 3), ("]", 0), ("{]", 1), ("[}", 1), ("//", 0), ("\"\t\"", 1),
    ])
    func refusesWhatIsNotJSONAndSaysWhere(_ text: String, _ offset: Int) {
        let error = error(Array(text.utf8))
        #expect(error?.code == .syntax)
        #expect(error?.offset == offset, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        [0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0x80],
    ])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        let error = error([0x22] + bytes + [0x22])
        #expect(error?.code == .encoding)
        #expect(error?.offset == 1)
    }

    @Test(arguments: [
        "\\ud800", "\\udc00", "\\ud800x", "\\ud800\\n", "\\ud800\\u0041", "\\ud800\\ud800", "\\udc00\\ud800",
        "\\udbff\\ue000",
    ])
    func refusesHalfSurrogatePairs(_ escape: String) {
        #expect(error(Array("\"\(escape)\"".utf8))?.code == .encoding)
    }

    @Test func refusesAByteOrderMark() {
        #expect(error([0xEF, 0xBB, 0xBF, 0x7B, 0x7D])?.message.contains("byte order mark") == true)
    }

    @Test func refusesANameThatStandsTwiceHoweverWritten() {
        #expect(error(Array(#"{"a":1,"b":2,"a":3}"#.utf8))?.offset == 13)
        #expect(error(Array(#"{"a":1,"\u0061":3}"#.utf8))?.code == .duplicateKey)
        #expect(error(Array(#"[{"x":{"":1,"":2}}]"#.utf8))?.code == .duplicateKey)
        #expect(throws: Never.self) { try parse(#"{"a":{"a":1},"A":{"a":2}}"#) }
        // The same letter composed and decomposed: two names for JSON.
        #expect(throws: Never.self) { try parse("{\"é\":1,\"e\u{301}\":2}") }
    }

    @Test func refusesADuplicateAmongManyNames() {
        let names = (0..<5000).map { "\"key\($0)\":1" }
        #expect(throws: Never.self) { try parse("{" + names.joined(separator: ",") + "}") }
        var twice = names
        twice[4000] = "\"key\\u0031\":1"
        #expect(
            #expect(throws: JSONError.self) { try parse("{" + twice.joined(separator: ",") + "}") }?.code
                == .duplicateKey)
    }

    @Test func aNameThatStandsAHundredThousandTimesIsRefusedAtOnce() {
        let text = "{" + Array(repeating: "\"a\":1", count: 100_000).joined(separator: ",") + "}"
        #expect(#expect(throws: JSONError.self) { try parse(text) }?.code == .duplicateKey)
    }

    @Test func depth32IsTheDeepest() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try parse(nested(32)) }
        #expect(error(Array(nested(33).utf8))?.code == .depth)
        #expect(error(Array(nested(100_000).utf8))?.code == .depth)
        #expect(error([UInt8](repeating: 0x5B, count: 1_000_000))?.code == .depth)
    }

    @Test func sizeAndCountAreLimited() {
        #expect(
            #expect(throws: JSONError.self) {
                try JSONDocument.parse(buffer("[1,2]"), limits: JSONLimits(maxBytes: 4))
            }?.code
                == .limit)
        #expect(
            #expect(throws: JSONError.self) {
                try JSONDocument.parse(buffer("[1,2]"), limits: JSONLimits(maxValues: 2))
            }?.code
                == .limit)
        #expect(throws: Never.self) {
            try JSONDocument.parse(buffer("[1,2]"), limits: JSONLimits(maxBytes: 5, maxValues: 3))
        }
    }

    /// Whatever is read must be what a second reading of its own compact form gives, and never crash.
    @Test func mutatedDocumentsAreReadOrRefused() throws {
        var random = SeededRandom()
        let seeds = [
            #"{"id":"évt_1","type":"cloud.upload","n":[1,-2.5e+10,0,true,false,null],"s":"\u00e9\ud83d\ude00\n\\\""}"#,
            #"[[],{},[{}],{"a":{"b":{"c":[0.1,1E5]}}}]"#,
            "  {\"a\" : \"é😀\" , \"b\" :\t[ 1 , 2 ] }  ",
        ].map { Array($0.utf8) }
        let pieces =
            Array("[]{},:\"\\u0123456789eE+-.truefalsn \n\t/".utf8) + [0x00, 0x80, 0xC3, 0xED, 0xA0, 0xF0, 0xFF]
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = random.pick(seeds)
            for _ in 0...random.below(3) where !bytes.isEmpty {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = random.pick(pieces)
                case 1: bytes.insert(random.pick(pieces), at: place)
                case 2: bytes.remove(at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + random.below(6)))
                }
            }
            do {
                let root = try JSONDocument.parse(ByteBuffer(bytes: bytes)).root
                accepted += 1
                let compact = root.compactBytes
                #expect(try JSONDocument.parse(compact).root.compactBytes == compact, "seed \(random.seed)")
                #expect(String(validating: bytes, as: UTF8.self) != nil, "seed \(random.seed)")
            } catch {
                #expect((0...bytes.count).contains(error.offset), "seed \(random.seed)")
            }
        }
        #expect(accepted > 100)
    }
}

@Suite struct JSONWriterTests {
    @Test func commasComeByThemselves() throws {
        var json = JSONWriter(buffer("x"))
        json.beginObject()
        json.field("a", "é\"")
        json.field("b", nil as String?)
        json.key("c")
        json.beginArray()
        json.integer(1)
        json.integer(UInt64.max)
        json.beginObject()
        json.endObject()
        json.beginArray()
        json.endArray()
        json.boolean(true)
        json.null()
        json.endArray()
        json.field("d", 1.5)
        json.field("e", Timestamp(milliseconds: 0))
        json.field("f", raw: buffer("[0]"))
        json.endObject()
        #expect(
            String(buffer: json.buffer)
                == #"x{"a":"é\"","b":null,"c":[1,18446744073709551615,{},[],true,null],"d":1.5,"#
                + #""e":"1970-01-01T00:00:00.000Z","f":[0]}"#)
    }

    @Test func moneyHasTwoDecimals() {
        for (hundredths, expected) in [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (1234, "12.34"), (-100, "-1.00")] {
            var json = JSONWriter()
            json.money(hundredths: Int64(hundredths))
            #expect(String(buffer: json.buffer) == expected)
        }
    }

    @Test func numbersThatJSONCannotSayAreNull() {
        for (value, expected) in [(Double.nan, "null"), (.infinity, "null"), (0.1, "0.1"), (3, "3"), (1e300, "1e+300")]
        {
            var json = JSONWriter()
            json.double(value)
            #expect(String(buffer: json.buffer) == expected)
        }
    }

    @Test func anyTextComesBack() throws {
        var random = SeededRandom()
        for _ in 0..<2000 {
            var given = ""
            for _ in 0..<random.below(20) {
                guard let scalar = Unicode.Scalar(UInt32(random.below(random.chance(2) ? 128 : 0x11_0000))) else {
                    continue
                }
                given.unicodeScalars.append(scalar)
            }
            let json = text { $0.writeJSONString(given) }
            #expect(try JSONDocument.parse(buffer(json)).root.utf8 == Array(given.utf8), "seed \(random.seed)")
        }
    }

    @Test func decimalsAreWrittenWhole() {
        for value in [0, 9, 10, -1, Int64.max, Int64.min, 1_000_000] {
            #expect(text { $0.writeDecimal(value) } == "\(value)")
        }
    }
}
