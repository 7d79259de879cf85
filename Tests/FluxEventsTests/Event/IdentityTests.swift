import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

@Suite struct IdentityTests {
    /// Key 00…0f, message 00…, of length 0 to 63: the reference's vectors, as `openssl mac SIPHASH` gives them.
    private static let vectors = [
        "a3817f04ba25a8e66df67214c7550293", "da87c1d86b99af44347659119b22fc45", "8177228da4a45dc7fca38bdef60affe4",
        "9c70b60c5267a94e5f33b6b02985ed51", "f88164c12d9c8faf7d0f6e7c7bcd5579", "1368875980776f8854527a07690e9627",
        "14eeca338b208613485ea0308fd7a15e", "a1f1ebbed8dbc153c0b84aa61ff08239", "3b62a9ba6258f5610f83e264f31497b4",
        "264499060ad9baabc47f8b02bb6d71ed", "00110dc378146956c95447d3f3d0fbba", "0151c568386b6677a2b4dc6f81e5dc18",
        "d626b266905ef35882634df68532c125", "9869e247e9c08b10d029934fc4b952f7", "31fcefac66d7de9c7ec7485fe4494902",
        "5493e99933b0a8117e08ec0f97cfc3d9", "6ee2a4ca67b054bbfd3315bf85230577", "473d06e8738db89854c066c47ae47740",
        "a426e5e423bf4885294da481feaef723", "78017731cf65fab074d5208952512eb1", "9e25fc833f2290733e9344a5e83839eb",
        "568e495abe525a218a2214cd3e071d12", "4a29b54552d16b9a469c10528eff0aae", "c9d184ddd5a9f5e0cf8ce29a9abf691c",
        "2db479ae78bd50d8882a8a178a6132ad", "8ece5f042d5e447b5051b9eacb8d8f6f", "9c0b53b4b3c307e87eaee08678141f66",
        "abf248af69a6eae4bfd3eb2f129eeb94", "0664da1668574b88b935f3027358aef4", "aa4b9dc4bf337de90cd4fd3c467c6ab7",
        "ea5c7f471faf6bde2b1ad7d4686d2287", "2939b0183223fafc1723de4f52c43d35", "7c3956ca5eeafc3e363e9d556546eb68",
        "77c6077146f01c32b6b69d5f4ea9ffcf", "37a6986cb8847edf0925f0f1309b54de", "a705f0e69da9a8f907241a2e923c8cc8",
        "3dc47d1f29c448461e9e76ed904f6711", "0d62bf01e6fc0e1a0d3c4751c5d3692b", "8c03468bca7c669ee4fd5e084bbee7b5",
        "528a5bb93baf2c9c4473cce5d0d22bd9", "df6a301e95c95dad97ae0cc8c6913bd8", "801189902c857f39e73591285e70b6db",
        "e617346ac9c231bb3650ae34ccca0c5b", "27d93437efb721aa401821dcec5adf89", "89237d9ded9c5e78d8b1c9b166cc7342",
        "4a6d8091bf5e7d651189fa94a250b14c", "0e33f96055e7ae893ffc0e3dcf492902", "e61c432b720b19d18ec8d84bdc63151b",
        "f7e5aef549f782cf379055a608269b16", "438d030fd0b7a54fa837f2ad201a6403", "a590d3ee4fbf04e3247e0d27f286423f",
        "5fe2c1a172fe93c4b15cd37caef9f538", "2c97325cbd06b36eb2133dd08b3a017c", "92c814227a6bca949ff0659f002ad39e",
        "dce850110bd8328cfbd50841d6911d87", "67f14984c7da791248e32bb5922583da", "1938f2cf72d54ee97e94166fa91d2a36",
        "74481e9646ed49fe0f6224301604698e", "57fca5de98a9d6d8006438d0583d8a1d", "9fecde1cefdc1cbed4763674d9575359",
        "e3040c00eb28f15366ca73cbd872e740", "7697009a6a831dfecca91c5993670f7a", "5853542321f567a005d547a4f04759bd",
        "5150d1772f50834a503e069a973fbd7c",
    ]

    @Test func sipHashGivesTheReferenceVectors() {
        for (length, expected) in Self.vectors.enumerated() {
            var hash = SipHash128(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
            (0..<length).map { UInt8($0) }.withUnsafeBytes { hash.update($0) }
            let (first, second) = hash.finalize()
            let bytes = [first, second].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
            let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(hex == expected, "length \(length)")
        }
    }

    private func record(_ headers: [(String, String?)]) -> Record {
        Record(
            key: nil, value: nil, headers: headers.map { RecordHeader(name: $0.0, value: $0.1.map { buffer($0) }) })
    }

    @Test func identityIsSourceAndIDUnderTheKey() throws {
        let key: (UInt64, UInt64) = (1, 2)
        let one = try #require(RecordIdentity.hash(of: record([("ce_id", "1"), ("ce_source", "/a")]), key: key))
        let again = try #require(
            RecordIdentity.hash(of: record([("x", nil), ("ce_source", "/a"), ("ce_id", "1")]), key: key))
        let shifted = try #require(RecordIdentity.hash(of: record([("ce_source", "/a1"), ("ce_id", "")]), key: key))
        let other = try #require(RecordIdentity.hash(of: record([("ce_id", "1"), ("ce_source", "/a")]), key: (1, 3)))
        #expect(one == again)
        #expect(one != shifted)
        #expect(one != other)
        #expect(RecordIdentity.hash(of: record([("ce_source", "/a")]), key: key) == nil)
        #expect(RecordIdentity.hash(of: record([("ce_source", "/a"), ("ce_id", nil)]), key: key) == nil)
    }

    @Test func ulidsRiseWithinAMillisecondAndWhenTheClockRunsBackwards() {
        var generator = ULIDGenerator()
        var random = SeededRandom(seed: 1)
        var last = ""
        for step in 0..<5000 {
            let time = Timestamp(milliseconds: 1_795_410_680_123 + Int64(step / 100) - Int64(step % 7) * 5)
            let next = generator.next(at: time, random: &random).text
            #expect(next > last)
            #expect(next.utf8.count == 30)
            last = next
        }
    }

    @Test func ulidsCarryTheTime() {
        var generator = ULIDGenerator()
        var random = SeededRandom(seed: 1)
        // 1,469,922,850,259 ms is 01ARZ3NDEK (the ULID specification's example).
        let id = generator.next(at: Timestamp(milliseconds: 1_469_922_850_259), random: &random).text
        #expect(id.hasPrefix("evt_01ARZ3NDEK"))
        #expect(Identifier.ulid(at: Timestamp(milliseconds: 1_469_922_850_259)).hasPrefix("evt_"))
        #expect(Identifier.ulid(at: Timestamp(milliseconds: 0)).utf8.count == 30)
    }

    @Test func derivedIDsAreTheSameEveryTimeAndTellSourcesApart() {
        let one = Identifier.derived(source: "s3://a", outsideID: "1".utf8)
        #expect(one == Identifier.derived(source: "s3://a", outsideID: "1".utf8))
        #expect(one != Identifier.derived(source: "s3://", outsideID: "a1".utf8))
        #expect(one.utf8.count == 26)
        #expect(one.utf8.allSatisfy { $0 != 0x2B && $0 != 0x2F && $0 != 0x3D })
        // Pinned: an id once given must never change.
        #expect(one == "evt_O_m4oJGewdxJ_nju8CQloQ")
    }

    @Test func objectKeysAreReadableAndComeBack() throws {
        let plain = ObjectRef(provider: .file, bucket: "/srv/files", key: Array("a/b c.txt".utf8))
        #expect(String(buffer: plain.recordKey) == "file||/srv/files|a/b c.txt")
        var random = SeededRandom()
        for _ in 0..<2000 {
            let bytes = (0..<random.below(12)).map { _ in
                random.chance(2) ? random.pick(Array("|%/aé".utf8)) : UInt8(random.below(256))
            }
            let ref = ObjectRef(
                provider: random.pick(Provider.allCases), account: random.pick(["", "a|b", "é"]),
                bucket: random.pick(["b", "/x%|", "\n"]), key: bytes, version: random.pick([nil, "", "v|1"]))
            #expect(ObjectRef(recordKey: ref.recordKey) == ref, "seed \(random.seed)")
        }
    }

    @Test(arguments: [
        "", "file", "file||b", "disk||b|k", "file||b|k|v|x", "file||b|%41", "file||b|%7c", "file||b|%", "file||b|é",
        "file||%FF|k", "file||b|%2",
    ])
    func otherKeysAreNoObjects(_ key: String) {
        #expect(ObjectRef(recordKey: buffer(key)) == nil)
    }

    @Test func aNameIsNeverTakenForAnObject() {
        #expect(ObjectRef(recordKey: RecordKey.named("file||b|k")) == nil)
    }

    @Test func publicIDsAreStableAndDifferByEveryPart() {
        let base = ObjectRef(provider: .aws, account: "1", bucket: "b", key: [0x6B], version: nil)
        var others: Set<String> = [base.publicID]
        for change: (inout ObjectRef) -> Void in [
            { $0.provider = .gcp }, { $0.account = "" }, { $0.bucket = "b1" }, { $0.key = [0xFF] }, { $0.version = "" },
            { $0.version = "1" },
        ] {
            var other = base
            change(&other)
            others.insert(other.publicID)
        }
        #expect(others.count == 7)
        #expect(base.publicID.utf8.count == 26)
        #expect(base.publicID == "obj_B7BCrac_Up4MP5ht-qqPsQ")
    }

    @Test func keysThatAreNotUTF8AreToldApartFromTheirRepair() {
        let broken = ObjectRef(provider: .file, bucket: "/", key: [0x61, 0xFF])
        #expect(!broken.isUTF8)
        #expect(broken.keyText == "a\u{FFFD}")
        #expect(ObjectRef(provider: .file, bucket: "/", key: Array("é".utf8)).isUTF8)
    }

    @Test func base64ComesBackAndIsStrict() {
        var random = SeededRandom()
        for length in 0..<50 {
            let bytes = (0..<length).map { _ in UInt8(random.below(256)) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes, "seed \(random.seed)")
        }
        #expect(Base64.encode("any carnal pleas".utf8) == "YW55IGNhcm5hbCBwbGVhcw==")
        for bad in ["a", "ab", "a===", "ab=c", "YW5=", "YW==x", "YX==", "+-__"] { #expect(Base64.decode(bad) == nil) }
    }
}
