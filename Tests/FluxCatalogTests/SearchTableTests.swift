import FluxTesting
import Testing

@testable import FluxCatalog

/// The table of a search against a dictionary, over enough rows for several chunks.
@Suite struct SearchTableTests {
    private struct Model {
        var rows: [Int64: ObjectRow] = [:]
        var table = SearchTable()

        mutating func put(_ id: Int64, _ key: String, shelf: Int64, size: Int64) {
            var row = ObjectRow(
                id: id, place: 1, key: Array(key.utf8), hash: 0, tier: "", firstSeen: 7, lastOffset: 0)
            row.shelf = shelf
            row.size = size
            rows[id] = row
            table.apply([.put(row)])
        }

        mutating func remove(_ id: Int64) {
            rows[id] = nil
            table.apply([.remove(id: id)])
        }

        func check(_ word: String, shelves: [Int64], note: String) {
            let wanted = rows.values.filter {
                shelves.contains($0.shelf) && String(decoding: $0.key, as: UTF8.self).lowercased().contains(word)
            }
            let bySize = table.view.search(
                Array(word.utf8), shelves: shelves, sort: .size, order: .descending, after: nil, limit: 20)
            let first = wanted.sorted { ($0.size, $0.id) > ($1.size, $1.id) }.prefix(20)
            #expect(bySize.total == Int64(wanted.count), "\(word) \(note)")
            #expect(bySize.places.map(\.id) == first.map(\.id), "\(word) \(note)")
            #expect(table.count == rows.count, "\(note)")
        }
    }

    @Test(arguments: SeededRandom.seeds(2))
    func whatWasPutRenamedRemovedAndClearedIsFound(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var model = Model()
        var next: Int64 = 1
        func key() -> String { "Folder\(random.below(40))/ÄFile-\(random.below(90_000)).txt" }
        for round in 0..<4 {
            for _ in 0..<25_000 {
                model.put(next, key(), shelf: Int64(1 + random.below(3)), size: Int64(random.below(5_000)))
                next += Int64(1 + random.below(3))
            }
            let ids = model.rows.keys.sorted()
            // From the second round on whole stretches go, so that chunks are written anew and joined.
            for id in ids where random.below(10) < (round % 2 == 0 ? 2 : 8) {
                switch random.below(4) {
                case 0: model.put(id, key(), shelf: Int64(1 + random.below(3)), size: Int64(random.below(5_000)))
                case 1:
                    if var row = model.rows[id] {
                        row.size += 1
                        model.rows[id] = row
                        model.table.apply([.put(row)])
                    }
                default: model.remove(id)
                }
            }
            if round == 2 {
                model.rows = model.rows.filter { $0.value.shelf != 2 }
                model.table.apply([.clear(shelves: [2])])
            }
            for word in ["folder7/", "äfile-1", ".txt", "file-12345", "nowhere"] {
                model.check(word, shelves: [1, 3], note: "round \(round), seed \(seed)")
                model.check(word, shelves: [2], note: "round \(round), seed \(seed)")
            }
        }
    }
}
