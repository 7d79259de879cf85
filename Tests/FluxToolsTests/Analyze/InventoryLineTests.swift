import FluxTesting
import Testing

@testable import FluxTools

@Suite struct InventoryLineTests {
    private func read(_ line: String) -> InventoryLine? {
        var line = line
        return line.withUTF8 { InventoryLine(UnsafeRawBufferPointer($0)) }
    }

    @Test func columnsShowWhatTheyAre() throws {
        let whole = try #require(
            read(#""b","a%20b/c+d%2B","12345","2026-03-01T12:00:00.000Z","0123","STANDARD_IA","false""#))
        #expect(whole.bucket == "b" && whole.key == Array("a b/c d+".utf8) && whole.size == 12_345)
        #expect(whole.modified == 1_772_366_400 && whole.storageClass == "STANDARD_IA" && whole.isThere)
        // Sizes and times are columns that may be left out.
        let bare = try #require(read(#""b","k""#))
        #expect(bare.size == nil && bare.modified == nil && bare.storageClass == nil && bare.isThere)
        let dated = try #require(read(#""b","k","2026-03-01T12:00:00.000Z","GLACIER","77""#))
        #expect(dated.size == nil && dated.modified != nil && dated.storageClass == "GLACIER")
    }

    @Test func olderVersionsAndDeleteMarkersAreNotThere() {
        #expect(read(#""b","k","v1","true","false","3""#)?.isThere == true)
        #expect(read(#""b","k","v1","true","false","3""#)?.size == 3)
        #expect(read(#""b","k","v1","false","false","3""#)?.isThere == false)
        #expect(read(#""b","k","v1","true","true","""#)?.isThere == false)
    }

    @Test(arguments: ["", "\"", "\"\"", "\"b\"", "b,k", "\"b\",\"\"", "\"b\",\"%zz\"", "\"\",\"k\"", "\"b\",\"k"])
    func whatIsNoneIsNone(line: String) {
        #expect(read(line) == nil, "\(line)")
    }

    @Test(arguments: SeededRandom.seeds(3)) func anyBytesAreALineOrNone(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let good = Array(#""b","a%20b","v1","true","false","12","2026-03-01T12:00:00.000Z","GLACIER""#.utf8)
        for _ in 0..<3_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            bytes.withUnsafeBytes { _ = InventoryLine($0) }
        }
    }
}
