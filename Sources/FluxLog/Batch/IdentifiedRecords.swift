import FluxEvents

/// Records that are appended together, and what tells whether the log has them already. Passed on without touching the
/// single ones, so that the one thread that writes counts no references.
struct IdentifiedRecords: Sendable {
    let records: [Record]
    /// One a record, `none` for those without an identity; empty where duplicates are not looked for.
    let hashes: [RecordHash]

    init(_ records: [Record], hashes: [RecordHash]) {
        self.records = records
        self.hashes = hashes
    }

    func hash(_ place: Int) -> RecordHash? {
        guard place < self.hashes.count, !self.hashes[place].isNone else { return nil }
        return self.hashes[place]
    }

    subscript(range: Range<Int>) -> Part { Part(all: self, range: range) }

    /// Some of them, one behind the other.
    struct Part: Sendable {
        let all: IdentifiedRecords
        var range: Range<Int>

        @inline(__always)
        func each(_ body: (Record) -> Void) {
            self.all.records.withUnsafeBufferPointer { records in
                for place in self.range { body(records[place]) }
            }
        }
    }
}
