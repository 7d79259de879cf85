import FluxIngest
import FluxTesting
import Foundation
import Testing

@testable import FluxTools

@Suite struct InputBytesTests {
    /// Writes the bytes to a file, and reads them as lines.
    private func lines(_ bytes: [UInt8]) throws -> (lines: [String], failure: InputBytes.Failure?) {
        let path = NSTemporaryDirectory() + "input-" + UUID().uuidString
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var input = InputBytes(descriptor)
        var cutter = LineCutter(maximum: 100)
        var found: [String] = []
        func take(_ line: UnsafeRawBufferPointer?) {
            found.append(line.map { String(decoding: $0, as: UTF8.self) } ?? "too long")
        }
        var failure: InputBytes.Failure?
        do throws(InputBytes.Failure) {
            try input.eachPiece { cutter.feed($0, take) }
        } catch {
            failure = error
        }
        cutter.finish(take)
        return (found, failure)
    }

    /// `printf 'one\ntwo\n' | gzip -9n`, made by gzip 1.12.
    private static let packed: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0xCF, 0x4B, 0xE5, 0x2A, 0x29, 0xCF, 0xE7,
        0x02, 0x00, 0xE6, 0x0B, 0xBA, 0x12, 0x08, 0x00, 0x00, 0x00,
    ]

    @Test func linesAreCutWhateverTheirEnds() throws {
        #expect(try lines(Array("a\nb\r\n\nc".utf8)).lines == ["a", "b", "", "c"])
        #expect(try lines([]).lines == [])
        #expect(try lines(Array("x".utf8)).lines == ["x"])
        // Longer than a piece, and longer than allowed: that it was there is told.
        let long = String(repeating: "y", count: 3 << 20)
        #expect(try lines(Array("a\n\(long)\nb\n".utf8)).lines == ["a", "too long", "b"])
    }

    @Test func packedTextIsUnpacked() throws {
        let once = try lines(Self.packed)
        #expect(once.lines == ["one", "two"] && once.failure == nil)
        // Several one behind the other, and zeros at the end.
        let twice = try lines(Self.packed + Self.packed + [0, 0, 0])
        #expect(twice.lines == ["one", "two", "one", "two"] && twice.failure == nil)
    }

    @Test func packedTextThatIsCutOrDamagedGivesWhatStandsBefore() throws {
        for count in 3..<Self.packed.count {
            let cut = try lines(Array(Self.packed[..<count]))
            #expect(cut.failure == .cut, "\(count) bytes")
        }
        let behind = try lines(Self.packed + Self.packed[..<20])
        #expect(behind.lines.prefix(2) == ["one", "two"] && behind.failure == .cut)
        var damaged = Self.packed
        damaged[22] ^= 0xFF
        #expect(try lines(damaged).failure == .damaged)
    }

    @Test(arguments: SeededRandom.seeds(3))
    func anyBytesGiveLinesOrAFailure(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var bytes = random.chance(2) ? Self.packed : []
            for _ in 0..<random.below(40) { bytes.append(UInt8.random(in: 0...255, using: &random)) }
            if !bytes.isEmpty { bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8)) }
            _ = try lines(bytes)
        }
    }
}
