/// The chunks of a search table at one moment, to be searched by any thread.
struct SearchView: Sendable {
    struct Found: Sendable, Equatable {
        /// In the order asked for.
        var places: [ObjectCursor]
        /// All rows that match on these shelves, also before the cursor.
        var total: Int64
    }

    let chunks: [SearchChunk]
    /// How often each byte stands in keys.
    let histogram: [Int]

    /// The first `limit` rows after `cursor` whose key contains `word` (folded, not empty) on these shelves.
    func search(
        _ word: [UInt8], shelves: [Int64], sort: ObjectQuery.Sort, order: ObjectQuery.Order,
        after cursor: ObjectCursor?,
        limit: Int
    ) -> Found {
        var allowed = [Bool](repeating: false, count: Int(shelves.max() ?? 0) + 1)
        for shelf in shelves { allowed[Int(shelf)] = true }
        let anchor = word.indices.min { histogram[Int(word[$0])] < histogram[Int(word[$1])] } ?? 0
        return sort == .name
            ? byName(word, anchor, allowed, descending: order == .descending, cursor, limit)
            : byNumber(word, anchor, allowed, sort, descending: order == .descending, cursor, limit)
    }

    /// Later rows mostly have larger values, and among equal ones the larger id: a descending list finds its first rows
    /// sooner from the end, and then passes over the rest.
    private func inOrder(_ descending: Bool) -> [SearchChunk] { descending ? chunks.reversed() : chunks }

    private func byNumber(
        _ word: [UInt8], _ anchor: Int, _ allowed: [Bool], _ sort: ObjectQuery.Sort, descending: Bool,
        _ cursor: ObjectCursor?, _ limit: Int
    ) -> Found {
        var best = BestRows<NumberKey>(capacity: limit)
        var total: Int64 = 0
        var start: NumberKey?
        if let cursor, case .number(let number) = cursor.value {
            start = NumberKey(value: descending ? ~number : number, id: descending ? ~cursor.id : cursor.id)
        }
        for chunk in inOrder(descending) where chunk.live > 0 {
            let column = chunk.column(sort)
            chunk.forEachMatch(word, anchor: anchor) { row in
                let shelf = Int(chunk.shelves[row])
                guard shelf < allowed.count, allowed[shelf] else { return }
                total += 1
                let key =
                    descending
                    ? NumberKey(value: ~column[row], id: ~chunk.ids[row])
                    : NumberKey(value: column[row], id: chunk.ids[row])
                if let start, !(start < key) { return }
                best.offer(key)
            }
        }
        let places = best.sorted().map {
            ObjectCursor(value: .number(descending ? ~$0.value : $0.value), id: descending ? ~$0.id : $0.id)
        }
        return Found(places: places, total: total)
    }

    private func byName(
        _ word: [UInt8], _ anchor: Int, _ allowed: [Bool], descending: Bool, _ cursor: ObjectCursor?, _ limit: Int
    ) -> Found {
        var best = BestRows<NameKey>(capacity: limit)
        var total: Int64 = 0
        var start: NameKey?
        if let cursor, case .key(let key) = cursor.value {
            start = NameKey(bytes: key, id: cursor.id, descending: descending)
        }
        for chunk in inOrder(descending) where chunk.live > 0 {
            chunk.forEachMatch(word, anchor: anchor) { row in
                let shelf = Int(chunk.shelves[row])
                guard shelf < allowed.count, allowed[shelf] else { return }
                total += 1
                let id = chunk.ids[row]
                // Most rows come after the last one kept: they are left out before anything is copied.
                let wanted = chunk.withKey(row) { key in
                    if let last = best.bound,
                        !last.bytes.withUnsafeBytes({
                            NameKey.isBefore(key, id, $0, last.id, descending: descending)
                        })
                    {
                        return false
                    }
                    guard let start else { return true }
                    return start.bytes.withUnsafeBytes {
                        NameKey.isBefore($0, start.id, key, id, descending: descending)
                    }
                }
                if wanted { best.offer(NameKey(bytes: chunk.key(row), id: id, descending: descending)) }
            }
        }
        return Found(places: best.sorted().map { ObjectCursor(value: .key($0.bytes), id: $0.id) }, total: total)
    }
}
