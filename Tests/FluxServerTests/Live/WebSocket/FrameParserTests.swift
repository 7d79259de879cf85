import FluxTesting
import NIOCore
import Testing

@testable import FluxServer

/// Frames as a client makes them, good or bad.
struct ClientFrame {
    var opcode: UInt8 = 1
    var payload: [UInt8] = []
    var isFinal = true
    var reserved: UInt8 = 0
    var isMasked = true
    var mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    func bytes() -> [UInt8] {
        var out: [UInt8] = [(isFinal ? 0x80 : 0) | reserved | opcode]
        let flag: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case 0...125: out.append(flag | UInt8(payload.count))
        case 126...0xFFFF: out += [flag | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: out += [flag | 127] + (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 255) }
        }
        guard isMasked else { return out + payload }
        return out + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }
}

@Suite("WebSocket frames from a client")
struct FrameParserTests {
    private func events(
        _ bytes: [UInt8], limit: Int = 1 << 20, inflater: (any MessageInflater)? = nil,
        cuts: (Int) -> Int = { $0 }
    ) -> [FrameParser.Event] {
        var parser = FrameParser(maxMessageBytes: limit, inflater: inflater)
        var found: [FrameParser.Event] = []
        var unread = ByteBuffer()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(max(1, cuts(rest.count)))
            rest = rest.dropFirst(piece.count)
            unread.writeBytes(piece)
            while let event = parser.next(&unread) { found.append(event) }
        }
        return found
    }

    private func code(_ frames: [ClientFrame], limit: Int = 1 << 20, inflater: (any MessageInflater)? = nil) -> UInt16?
    {
        for event in events(frames.flatMap { $0.bytes() }, limit: limit, inflater: inflater) {
            if case .failure(let code, let words) = event {
                #expect(!words.isEmpty && words.utf8.count <= 120)
                return code
            }
        }
        return nil
    }

    @Test func messagesOfAllLengthsArriveWhole() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let payload = [UInt8](repeating: 0x61, count: length)
            #expect(events(ClientFrame(payload: payload).bytes()) == [.text(ByteBuffer(bytes: payload))])
            #expect(events(ClientFrame(opcode: 2, payload: payload).bytes()) == [.binary(ByteBuffer(bytes: payload))])
        }
    }

    /// Random messages in random fragments with random masks and control frames between them, cut anywhere.
    @Test func anyFragmentationGivesTheSameMessages() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            var bytes: [UInt8] = []
            var expected: [FrameParser.Event] = []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let text = String(
                    (0..<Int.random(in: 0...300, using: &random)).map { _ in
                        "aä€😀\u{0}".randomElement(using: &random) ?? "a"
                    })
                let isText = Bool.random(using: &random)
                var rest = Array(text.utf8)[...]
                var isFirst = true
                repeat {
                    let piece = rest.prefix(Int.random(in: 0...max(1, rest.count), using: &random))
                    rest = rest.dropFirst(piece.count)
                    let isLast = rest.isEmpty && Bool.random(using: &random)
                    bytes += ClientFrame(
                        opcode: isFirst ? (isText ? 1 : 2) : 0, payload: Array(piece), isFinal: isLast,
                        mask: (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }
                    ).bytes()
                    isFirst = false
                    if isLast { break }
                    if Int.random(in: 0...3, using: &random) == 0 {
                        bytes += ClientFrame(opcode: 9, payload: [1, 2]).bytes()
                        expected.append(.ping(ByteBuffer(bytes: [1, 2])))
                    }
                } while true
                expected.append(isText ? .text(ByteBuffer(string: text)) : .binary(ByteBuffer(string: text)))
            }
            let got = events(bytes) { Int.random(in: 1...$0, using: &random) }
            #expect(got == expected, "seed \(seed)")
            if got != expected { return }
        }
    }

    @Test(arguments: [
        ("a frame that is not masked", [ClientFrame(isMasked: false)]),
        ("RSV2", [ClientFrame(reserved: 0x20)]), ("RSV3", [ClientFrame(reserved: 0x10)]),
        ("RSV1 without compression", [ClientFrame(reserved: 0x40)]),
        ("opcode 3", [ClientFrame(opcode: 3)]), ("opcode 11", [ClientFrame(opcode: 11)]),
        ("a continuation of nothing", [ClientFrame(opcode: 0)]),
        ("a message inside a message", [ClientFrame(isFinal: false), ClientFrame()]),
        ("a ping in pieces", [ClientFrame(opcode: 9, isFinal: false)]),
        ("a ping over 125 bytes", [ClientFrame(opcode: 9, payload: [UInt8](repeating: 0, count: 126))]),
        ("a close frame of one byte", [ClientFrame(opcode: 8, payload: [3])]),
    ])
    func brokenRulesAreClosedWith1002(what: String, frames: [ClientFrame]) {
        #expect(code(frames) == 1002, "\(what)")
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535] as [UInt16])
    func closeCodesThatNobodyMaySendAreRefused(code wrong: UInt16) {
        #expect(code([ClientFrame(opcode: 8, payload: [UInt8(wrong >> 8), UInt8(wrong & 255)])]) == 1002)
    }

    @Test(arguments: [1000, 1001, 1003, 1007, 1011, 3000, 4999] as [UInt16])
    func otherCloseCodesAreTaken(code good: UInt16) {
        #expect(
            events(ClientFrame(opcode: 8, payload: [UInt8(good >> 8), UInt8(good & 255)]).bytes()) == [.close(good)])
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xFF], [0x80],
            [0xF0, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func textThatIsNotUTF8IsClosedWith1007(bytes: [UInt8]) {
        #expect(code([ClientFrame(payload: bytes)]) == 1007)
        #expect(code([ClientFrame(opcode: 8, payload: [3, 232] + bytes)]) == 1007)
    }

    @Test func wrongUTF8IsSeenBeforeTheMessageHasCome() {
        var start = ClientFrame(payload: [0xFF] + [UInt8](repeating: 0x61, count: 5_000)).bytes()
        start.removeLast(4_000)
        #expect(events(start) == [.failure(1007, "the text is not UTF-8")])
    }

    @Test func tooLargeIsSeenFromTheHeaderAlone() {
        let long = ClientFrame(payload: [UInt8](repeating: 0x61, count: 70_000)).bytes().prefix(10)
        guard case .failure(1009, _)? = events(Array(long), limit: 65_536).last else {
            Issue.record("a header that announces too much was not refused")
            return
        }
        let half = [UInt8](repeating: 0x61, count: 40_000)
        let pieces = [ClientFrame(payload: half, isFinal: false), ClientFrame(opcode: 0, payload: half)]
        #expect(code(pieces, limit: 65_536) == 1009)
    }

    @Test func afterAFailureNothingMoreIsRead() {
        let bytes = ClientFrame(isMasked: false).bytes() + ClientFrame(payload: [0x61]).bytes()
        #expect(events(bytes).count == 1)
    }

    @Test func compressedMessagesComeBackAsTheyWere() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let keeping = Deflater(windowBits: 15, keepsContext: true)
        let inflater = Inflater(keepsContext: true)
        for _ in 0..<100 {
            let text = String(
                repeating: "{\"a\":\(Int.random(in: 0...99, using: &random))}",
                count: Int.random(in: 0...200, using: &random))
            let payload = ByteBuffer(string: text)
            let alone = Deflater(windowBits: 9, keepsContext: false).deflate(payload)
            let frame = ClientFrame(payload: Array(alone.readableBytesView), reserved: 0x40).bytes()
            #expect(events(frame, inflater: MomentaryInflater()) == [.text(payload)], "seed \(seed)")
            let kept = keeping.deflate(payload)
            #expect(inflater.inflate(kept, limit: 1 << 20) == .success(payload), "seed \(seed)")
        }
    }

    @Test func aBombStopsAtTheLimit() {
        let bomb = Deflater(windowBits: 15, keepsContext: false).deflate(ByteBuffer(repeating: 0x61, count: 10 << 20))
        #expect(bomb.readableBytes < 64 << 10)
        #expect(MomentaryInflater().inflate(bomb, limit: 64 << 10) == .failure(.tooBig))
        let frame = ClientFrame(payload: Array(bomb.readableBytesView), reserved: 0x40)
        #expect(code([frame], limit: 64 << 10, inflater: MomentaryInflater()) == 1009)
        let exact = Deflater(windowBits: 15, keepsContext: false).deflate(ByteBuffer(repeating: 0x61, count: 64 << 10))
        #expect(
            MomentaryInflater().inflate(exact, limit: 64 << 10)
                == .success(ByteBuffer(repeating: 0x61, count: 64 << 10)))
    }

    @Test func damagedCompressionIsClosedWith1007() {
        let frame = ClientFrame(payload: [0xFF, 0xFF, 0xFF, 0xFF, 0x12], reserved: 0x40)
        #expect(code([frame], inflater: MomentaryInflater()) == 1007)
    }

    @Test func randomBytesNeverCrash() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            let isCompressed = Bool.random(using: &random)
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes += ClientFrame(
                    opcode: UInt8.random(in: 0...15, using: &random),
                    payload: (0..<Int.random(in: 0...200, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    },
                    isFinal: Bool.random(using: &random),
                    reserved: [0, 0, 0, 0x40, 0x20].randomElement(using: &random) ?? 0
                ).bytes()
            }
            _ = events(bytes, limit: 500, inflater: isCompressed ? Inflater(keepsContext: true) : nil) {
                Int.random(in: 1...$0, using: &random)
            }
        }
    }
}
