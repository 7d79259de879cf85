import FluxEvents
import FluxTesting
import Testing

@Suite struct PercentCodingTests {
    @Test func allButTheUnreservedAndTheKeptIsEncoded() {
        #expect(PercentCoding.encode("aZ09-._~") == "aZ09-._~")
        #expect(PercentCoding.encode("a b+c/ä%\n") == "a%20b%2Bc%2F%C3%A4%25%0A")
        #expect(PercentCoding.encode("a b/*", keeping: "/*") == "a%20b/*")
    }

    @Test(arguments: ["%", "%4", "%4g", "%%41", "a%", "%C3", "%ff", "%ED%A0%80"])
    func whatIsMalformedOrNoTextIsRefused(_ text: String) {
        #expect(PercentCoding.decode(Substring(text), plusIsSpace: true) == nil)
    }

    @Test func aPlusIsASpaceOnlyWhereItIsAskedFor() {
        #expect(PercentCoding.decode("a+b%2B", plusIsSpace: true) == "a b+")
        #expect(PercentCoding.decode("a+b%2b", plusIsSpace: false) == "a+b+")
    }

    @Test func whatIsEncodedIsDecodedToTheSame() {
        var random = SeededRandom()
        for _ in 0..<2_000 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...20, using: &random)).compactMap { _ in
                        Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
                    }))
            let encoded = PercentCoding.encode(text, keeping: ["", "/", "/*"].randomElement(using: &random) ?? "")
            #expect(PercentCoding.decode(Substring(encoded), plusIsSpace: true) == text, "seed \(random.seed)")
        }
    }
}
