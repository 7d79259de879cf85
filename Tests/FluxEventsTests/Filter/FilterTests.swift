import NIOCore
import Testing

@testable import FluxEvents

@Suite struct FilterTests {
    static let now = Timestamp(milliseconds: 1_795_410_680_000)

    static func event(
        _ data: String =
            #"{"file_name":"Reports/Q3 (final).PDF","provider":"aws","bucket":"logs","size_bytes":2000000000,"amount":5.25,"data_temperature":"COLD","access_count":0,"details":{"tags":["red",5,true,null],"when":"2026-11-23T04:00:00Z","a.b":{"c d":1},"n":1e3,"z":null,"obj":{}}}"#,
        type: EventType = .upload, subject: String? = nil, user: String? = nil, simulated: Bool = false
    ) -> StoredEvent {
        StoredEvent(
            event: Event(
                id: "evt_01ABC", source: "s3://logs", type: type, subject: subject, time: now, userID: user,
                data: buffer(data), key: ByteBuffer()),
            partition: 0, offset: 1042, recordedAt: Timestamp(milliseconds: now.milliseconds + 500),
            simulated: simulated)
    }

    private func matches(_ text: String, _ event: StoredEvent = event()) throws -> Bool {
        try Filter(text, now: Self.now).matches(FilterView(event))
    }

    @Test(arguments: [
        "", "  ", "type:cloud.upload", "type=cloud.upload", "TYPE:Cloud.UPLOAD", "type:cloud.*", "type:*", "type:*load",
        "type:c*d.u*d", "source:s3://logs", "id:EVT_01abc", "provider:aws", "bucket:logs", "name:\"*.pdf\"",
        "name:*.pdf",
        "name:\"reports/q3 (FINAL).pdf\"", "name:reports/*", "temperature:cold", "size>1GB", "size>=2GB", "size:2GB",
        "size=2000MB", "size<2GiB", "size>1.5gb", "size:2e9", "size:*", "size:2000*", "amount>=5", "amount>5.2",
        "amount:5.25", "accesses:0", "accesses<1", "time>now-1h", "time:2026-11-23*", "time<=now", "time<now+1d",
        "time>2026-11-23", "time>=2026-11-23T06:11:20+01:00", "time:2026-11-23T05:11:20Z", "recorded>now",
        "offset:1042",
        "offset>=1042", "partition:0", "simulated:false", "-simulated:true", "NOT simulated:TRUE", "pdf", "PDF",
        "final",
        "\"Q3 (\"", "log", "upload", "01abc", "q*final", "-type:ml.*", "has:size", "has:type", "-has:confidence",
        "has:data.details", "has:data.details.obj", "data.details.tags:red", "data.details.tags:RED",
        "data.details.tags:5",
        "data.details.tags>4", "data.details.tags.0:red", "data.details.tags.1:5.0", "data.details.tags.2:true",
        "data.details.when>2026-11-23", "data.details.when:*z", "data.details.a\\.b.c\\ d:1", "data.details.n:1000",
        "data.details.n:1KB", "data.details.n>=1KB", "data.size_bytes>1GB", "-data.details.z:null",
        "-has:data.details.z",
        "-has:data.details.tags.9",
        "type:cloud.* provider:aws bucket:logs -type:ml.* size>1GB amount>=5 temperature:COLD",
        "type:ml.* OR type:cloud.*", "type:x OR (provider:aws AND bucket:logs)", "type:x provider:aws OR bucket:logs",
        "-(type:x OR provider:gcp)", "--type:cloud.upload", "-confidence>0.5", "NOT (NOT type:cloud.upload)",
        "or upload OR x", "-user:*", "-size>3GB", "type:\"cloud.upload\"", "-(a b zzz)",
    ])
    func letsThrough(_ text: String) throws {
        #expect(try matches(text))
    }

    @Test(arguments: [
        "type:cloud", "type:cloud.", "type:*x", "-type:cloud.*", "provider:gcp", "name:report", "name:*.pdf*x",
        "size>2GB", "size<1GB", "size>=2GiB", "size:2GiB", "confidence>0", "confidence<1", "confidence:0",
        "has:confidence",
        "time>now", "time<now-1m", "recorded<=now", "simulated:true", "zzz", "q3 zzz", "\"pdf final\"", "final*reports",
        "user:*", "has:user", "has:data.details.z", "data.details.z:null", "data.details.z:*", "data.details.obj:*",
        "data.details.tags:blue", "data.details.tags>5", "data.file_name>5", "data.details.when<2026-11-23",
        "data.a.b.c:1", "data.details.tags.x:1", "type:x OR type:y", "type:cloud.upload type:x",
        "-(type:x OR provider:aws)",
    ])
    func holdsBack(_ text: String) throws {
        #expect(try !matches(text))
    }

    @Test(
        arguments: [
            ("typ:x", 0, "type"), ("tpye:x", 0, "type"), ("name:a buckt:x", 7, "bucket"), ("has:siz", 4, "size"),
            ("size>1XB", 5, "1KB"), ("size>1GBB", 5, "1GB"), ("size>abc", 5, "1GB"), ("amount>5GB", 7, "5"),
            ("time>yesterday", 5, "now-1h"), ("time>now-15x", 5, "now-1h"), ("type>x", 0, "type:x"),
            ("size:>1GB", 0, "size>1GB"),
            ("simulated:yes", 10, "true"), ("simulated:tru", 10, "true"), ("data:x", 0, "data.file_name"),
            ("data.:x", 0, "data.file_name"), ("data.a..b:x", 0, "data.a.b"),
            ("size!=5", 0, "-size:5"), ("(a", 2, ")"), ("((a OR b) (c", 12, "))"), ("a)", 1, "\\)"), (")", 0, "\\)"),
            ("()", 0, "(type:*)"), ("(a OR )", 6, "type:*)"), ("\"abc", 4, "\""), ("name:\"a b", 9, "\""),
            ("a OR", 4, "type:*"), ("(a OR", 5, "type:*)"), ("OR a", 0, "\"OR\""), ("a AND", 5, "type:*"),
            ("a OR OR b", 5, "\"OR\""), ("a AND AND b", 6, "\"AND\""), ("-", 1, "type:*"), ("NOT", 3, "type:*"),
            ("\"\"", 0, "*"), ("name:", 5, "*"), ("size>", 5, "1GB"), ("amount>=", 8, "1"), ("time>", 5, "now-1h"),
            ("name: x", 5, "*"), (":x", 0, "name:x"), ("size >5", 5, "size>5"), ("size >= 5GB", 5, "size>=5GB"),
            ("a:b >5", 0, "data.a"), ("type:b >5", 7, "size>5"), (">", 0, "size>*"),
            ("a\\n", 1, "\\\\"),
            ("report(1)", 6, "\\("), ("a\"b\"", 1, "\\\""), ("\"a\"b", 3, " b"), ("has>size", 0, "has:size"),
            ("é typ:x", 2, "type"), ("😀 typ:x", 2, "type"), ("data.x>abc", 7, "1"), ("s3://x", 0, "\"s3://x\""),
            ("size>NaN", 5, "1GB"), ("size>0x10", 5, "1GB"), ("amount>x", 7, "1"), ("size>1Zettabyte", 5, "1GB"),
            ("colour:red", 0, "data.colour"), ("has:colour", 4, "data.colour"),
            ("colour.deep:red", 0, "data.colour.deep"),
        ] as [(String, Int, String?)])
    func saysWhereAndWhatWasMeant(_ text: String, _ position: Int, _ suggestion: String?) {
        let error = #expect(throws: FilterError.self) { try Filter(text, now: Self.now) }
        #expect(error?.position == position, "\(error?.description ?? "")")
        #expect(error?.suggestion == suggestion, "\(error?.description ?? "")")
    }

    /// Whatever is wrong, but for the limits, something is proposed, and putting it there gets further.
    @Test(arguments: [
        "colour:red", "(a", "((a OR b) (c", "\"abc", "name:\"a b", "a OR", "(a OR", "-", "NOT", "name:", "size>",
        "time>",
        "report(1)", "has:colour", "data.:x", ":x", ">5", "a)", "a OR OR b", "simulated:yes", "size>abc", "s3://x",
    ])
    func whatIsProposedCanBeRead(_ text: String) throws {
        var scalars = Array(text.unicodeScalars)
        // Each round mends one error; the piece that is wrong reaches to the next space, bracket or operator.
        for _ in 0..<4 {
            var now = ""
            now.unicodeScalars.append(contentsOf: scalars)
            do {
                _ = try Filter(now, now: Self.now)
                return
            } catch {
                let suggestion = try #require(error.suggestion, "\(error)")
                let tail = scalars[error.position...]
                let isWhole = suggestion.contains { ":<>=\"(".contains($0) && $0 != "\\" }
                let stops: [Unicode.Scalar] = isWhole ? [" ", ")"] : [" ", ":", ">", "=", "(", ")"]
                let piece =
                    tail.first.map { "()".unicodeScalars.contains($0) } == true
                    ? 1 : tail.prefix { !stops.contains($0) }.count
                scalars.replaceSubrange(error.position..<(error.position + piece), with: suggestion.unicodeScalars)
            }
        }
        Issue.record("\(text) is not mended: \(String(String.UnicodeScalarView(scalars)))")
    }

    @Test func limitsHold() throws {
        #expect(throws: Never.self) { try Filter(String(repeating: "é", count: 2048), now: Self.now) }
        #expect(
            #expect(throws: FilterError.self) { try Filter(String(repeating: "é", count: 2049), now: Self.now) }?
                .position == 2048)
        let terms = Array(repeating: "a", count: 64).joined(separator: " ")
        #expect(throws: Never.self) { try Filter(terms, now: Self.now) }
        #expect(#expect(throws: FilterError.self) { try Filter(terms + " a", now: Self.now) }?.position == 128)
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(throws: Never.self) { try Filter(nested(16), now: Self.now) }
        #expect(throws: FilterError.self) { try Filter(nested(17), now: Self.now) }
        #expect(throws: FilterError.self) { try Filter(String(repeating: "-", count: 1000) + "a", now: Self.now) }
    }

    @Test func filtersThatAskTheSameAreEqual() throws {
        func filter(_ text: String) throws -> Filter { try Filter(text, now: Self.now) }
        for (one, other) in [
            ("type:A bucket:b", "BUCKET:\"B\" type:a"), ("(a) AND (b)", "b a a"), ("--a", "a"),
            ("(a OR (b OR c))", "c OR b OR a"),
            ("size>1GB", "size>1000MB"), ("time>now-1h", "time>now-60m"), ("", "   "), ("NOT a", "-a"),
            ("size=5", "size:5"),
            ("1.001KB size:1.001KB", "size:1001 1.001KB"),
        ] {
            #expect(try filter(one) == filter(other), "\(one) | \(other)")
            #expect(try filter(one).hashValue == filter(other).hashValue)
        }
        #expect(try filter("a OR b c") != filter("(a OR b) c"))
        #expect(try filter("name:a*") != filter("name:\"a\\*\""))
        #expect(try Filter("time>now", now: Self.now) != Filter("time>now", now: Timestamp(milliseconds: 0)))
    }

    @Test func starsBehindABackslashAreStars() throws {
        let event = Self.event(#"{"file_name":"a*b\"c\\d"}"#)
        #expect(try matches(#"name:"a\*b\"c\\d""#, event))
        #expect(try matches(#"name:a\*b\"c\\d"#, event))
        #expect(try !matches(#"name:"a\*""#, event))
        #expect(try !matches(#"name:a\*b\*d"#, event))
    }

    @Test func caseIsIgnoredBeyondASCII() throws {
        let event = Self.event(#"{"file_name":"ÄRGER Ж.txt"}"#)
        #expect(try matches("name:\"ärger ж.*\"", event))
        #expect(try matches("RGER", event))
    }

    @Test func inventoryPassesOnlyWhereItIsNamed() throws {
        let view = FilterView(Self.event("{}", type: .inventory))
        for (text, passes) in [
            ("", false), ("type:system.*", false), ("type:System.Inventory", true), ("-type:cloud.*", false),
            ("type:cloud.* OR type:system.inventory", true), ("-type:system.inventory", false),
            ("-(-type:system.inventory)", true), ("-(type:system.inventory a)", false), ("\"system.inventory\"", false),
        ] { #expect(try Filter(text, now: Self.now).passes(view) == passes, "\(text)") }
    }

    @Test func aTypeFilterNeverReadsTheData() throws {
        let view = FilterView(Self.event("not json"))
        for text in ["type:cloud.* -source:x time>now-1h offset>3 id:e*", "name:x type:nothing", "upload"] {
            _ = try Filter(text, now: Self.now).matches(view)
            #expect(!view.hasReadData, "\(text)")
        }
        #expect(try !Filter("name:*", now: Self.now).matches(view))
        #expect(view.hasReadData)
    }

    @Test func theSubjectNamesForeignObjects() throws {
        #expect(
            try matches(
                "name:refs/*", Self.event("{}", type: EventType(rawValue: "com.github.push"), subject: "refs/heads/x")))
    }

    @Test func repeatedLettersAreFoundWhereverTheyAre() throws {
        let event = Self.event("{\"file_name\":\"" + String(repeating: "a", count: 200_000) + "b.txt\"}")
        let many = String(repeating: "a", count: 2000)
        #expect(try matches("name:*" + many + "b*", event))
        #expect(try !matches("name:*" + many + "c*", event))
        #expect(try matches("aab*txt", Self.event(#"{"file_name":"aaab-txt"}"#)))
        #expect(try matches("abab*ab", Self.event(#"{"file_name":"abaababx"}"#)) == false)
        #expect(try matches("abab*ab", Self.event(#"{"file_name":"abaababxab"}"#)))
    }

    @Test func theWidestNumbersCompare() throws {
        let event = Self.event(#"{"size_bytes":9007199254740993,"amount":1e400,"access_count":"7"}"#)
        #expect(try matches("size:9007199254740993", event))
        #expect(try !matches("size:9007199254740992", event))
        #expect(try !matches("has:amount", event))
        #expect(try !matches("has:accesses", event))
    }
}
