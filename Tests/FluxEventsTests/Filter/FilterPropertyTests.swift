import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

/// Random expressions against the printer and against a plain evaluator that shares nothing with the real one.
@Suite struct FilterPropertyTests {
    private static let words = [
        "a", "ab", "b", "cloud.upload", "AWS", "é", "x*y", "a b", "(", "\"", "\\", "*", "-", "OR", "5", "1e3",
    ]

    static func glob(_ random: inout SeededRandom) -> Glob {
        let pieces = (0...random.below(3)).map { _ in random.chance(3) ? "" : random.pick(words) }
        return Glob(pieces: pieces == [""] ? ["a"] : pieces)
    }

    static func number(_ random: inout SeededRandom) -> FilterNumber {
        switch random.below(4) {
        case 0: FilterNumber(Int64(random.below(8)))
        case 1: FilterNumber(Double(random.below(80)) / 8)
        case 2: FilterNumber(-Int64(random.below(1000)))
        default: FilterNumber(Double(random.below(100)) * 1e30 + 0.1)
        }
    }

    static func term(_ random: inout SeededRandom) -> FilterTerm {
        let path = FilterField.data(
            (0...random.below(2)).map { _ in random.pick(["a", "b", "0", "x.y", "c d", "é", "("]) })
        let names = FilterField.Name.allCases.map { FilterField.named($0) }
        switch random.below(7) {
        case 0: return .text(glob(&random))
        case 1: return .has(random.chance(2) ? path : random.pick(names))
        case 2: return .glob(random.pick(names.filter { $0.kind == .text }), glob(&random))
        case 3:
            let value = glob(&random)
            var number: FilterNumber?
            if let literal = value.literal,
                case .number(let read) = FilterLiteral.number(
                    String(decoding: literal, as: UTF8.self), unitsAllowed: true)
            {
                number = read
            }
            return .any(path, value, number: number)
        case 4:
            let field = random.chance(3) ? path : random.pick(names.filter { $0.kind == .number || $0.kind == .size })
            let comparison = random.pick(FilterComparison.allCases.filter { field.kind != .any || $0 != .equal })
            return .number(field, comparison, number(&random))
        case 5:
            let time = Timestamp(milliseconds: Int64(random.below(5)) * 1000)
            let field = random.chance(3) ? path : random.pick(names.filter { $0.kind == .time })
            return .time(
                field, random.pick(FilterComparison.allCases.filter { field.kind != .any || $0 != .equal }), time)
        default: return .flag(.named(.simulated), random.chance(2))
        }
    }

    static func node(_ random: inout SeededRandom, depth: Int) -> FilterNode {
        if depth == 0 || random.chance(3) { return .term(term(&random)) }
        switch random.below(3) {
        case 0: return .not(node(&random, depth: depth - 1))
        case 1: return .and((0...random.below(3)).map { _ in node(&random, depth: depth - 1) })
        default: return .or((0...random.below(3)).map { _ in node(&random, depth: depth - 1) })
        }
    }

    @Test func whatIsPrintedIsReadAsTheSame() throws {
        var random = SeededRandom()
        for _ in 0..<3000 {
            let tree = Self.node(&random, depth: 3).canonical
            guard tree.text.unicodeScalars.count <= Filter.maximumLength else { continue }
            let read = try FilterParser.parse(tree.text, now: Timestamp(milliseconds: 0)).canonical
            #expect(read == tree, "seed \(random.seed): \(tree.text)")
            #expect(tree.canonical == tree, "seed \(random.seed): \(tree.text)")
        }
    }

    @Test func anyTextIsReadOrRefusedWithAPlaceInIt() {
        var random = SeededRandom()
        let pieces = [
            "type:", "size>", "time<=", "has:", "data.", "-", "(", ")", "\"", "\\", "*", " ", "OR", " OR ", "AND",
            "NOT ", "now-1h",
            "1GB", "é", "😀", "\u{0}", "\u{2003}", "a", "b", "=", ":", "<", ">", ".", "5", "e\u{301}",
        ]
        for _ in 0..<20_000 {
            let text = (0..<random.below(12)).map { _ in random.pick(pieces) }.joined()
            do {
                let filter = try Filter(text, now: Timestamp(milliseconds: 0))
                let again = try Filter(filter.canonicalText, now: Timestamp(milliseconds: 0))
                #expect(again == filter, "seed \(random.seed): \(text)")
            } catch {
                #expect((0...text.unicodeScalars.count).contains(error.position), "seed \(random.seed): \(text)")
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test func theMatcherAgreesWithAPlainEvaluator() throws {
        var random = SeededRandom()
        // As in a stream, all expressions ask the same views, which keep what they have read.
        let events = (0..<60).map { _ in
            let event = Self.event(&random)
            return (event, FilterView(event))
        }
        // As in history, a view goes from record to record.
        let records = [false, true].map { FilterView.ofRecords(simulated: $0) }
        var hits = 0
        for _ in 0..<1500 {
            let tree = Self.node(&random, depth: 3)
            let program = FilterProgram(tree.canonical)
            for _ in 0..<8 {
                let (event, view) = random.pick(events)
                let expected = PlainEvaluator.matches(tree, event)
                #expect(
                    program.matches(view) == expected, "seed \(random.seed): \(tree.text) on \(event)")
                let record = records[event.simulated ? 1 : 0]
                record.look(
                    at: StoredRecord(
                        partition: event.partition, offset: event.offset, recordedAt: event.recordedAt,
                        record: event.event.record()))
                #expect(
                    program.matches(record) == expected && !record.isForeign,
                    "seed \(random.seed): \(tree.text) on the record of \(event)")
                hits += expected ? 1 : 0
            }
        }
        #expect(hits > 1000)
    }

    private static func event(_ random: inout SeededRandom) -> StoredEvent {
        var json = JSONWriter()
        func scalar(_ random: inout SeededRandom) {
            switch random.below(6) {
            case 0: json.string(random.pick(words))
            case 1: json.integer(Int64(random.below(8)))
            case 2: json.double(Double(random.below(80)) / 8)
            case 3: json.boolean(random.chance(2))
            case 4: json.null()
            default: json.string(Timestamp(milliseconds: Int64(random.below(5)) * 1000).rfc3339)
            }
        }
        json.beginObject()
        for name in FilterField.Name.allCases where name.member != nil && random.chance(2) {
            json.key(name.member ?? "")
            scalar(&random)
        }
        for name in ["a", "b", "x.y", "é", "("] where random.chance(2) {
            json.key(name)
            switch random.below(3) {
            case 0: scalar(&random)
            case 1:
                json.beginArray()
                for _ in 0..<random.below(3) { scalar(&random) }
                json.endArray()
            default:
                json.beginObject()
                for inner in ["a", "0", "c d"] where random.chance(2) {
                    json.key(inner)
                    scalar(&random)
                }
                json.endObject()
            }
        }
        json.endObject()
        return StoredEvent(
            event: Event(
                id: random.pick(words), source: random.pick(words), type: EventType(rawValue: random.pick(words)),
                subject: random.pick([nil, nil, "a", "é"]),
                time: Timestamp(milliseconds: Int64(random.below(5)) * 1000), correlationID: random.pick([nil, "a"]),
                userID: random.pick([nil, "ab"]), data: json.buffer, key: ByteBuffer()),
            partition: 0, offset: Int64(random.below(8)),
            recordedAt: Timestamp(milliseconds: Int64(random.below(5)) * 1000),
            simulated: random.chance(2))
    }
}

/// The language as its documentation says it, without caches, order or bytes.
enum PlainEvaluator {
    indirect enum Value {
        case absent, other
        case text(String)
        case number(Double, String)
        case time(Timestamp)
        case flag(Bool)
        case list([Value])
    }

    static func matches(_ node: FilterNode, _ event: StoredEvent) -> Bool {
        switch node {
        case .everything: true
        case .and(let nodes): nodes.allSatisfy { matches($0, event) }
        case .or(let nodes): nodes.contains { matches($0, event) }
        case .not(let inner): !matches(inner, event)
        case .term(let term): matches(term, event)
        }
    }

    private static func matches(_ term: FilterTerm, _ event: StoredEvent) -> Bool {
        func any(_ field: FilterField, _ test: (Value) -> Bool) -> Bool {
            let value = value(field, event)
            if case .list(let elements) = value { return elements.contains(where: test) }
            return test(value)
        }
        switch term {
        case .text(let glob):
            let open = Glob(pieces: [""] + glob.pieces.map { String(decoding: $0, as: UTF8.self) } + [""])
            return [.name, .bucket, .type, .id].contains { (name: FilterField.Name) in
                if case .text(let text) = value(.named(name), event) { return fits(text, open) }
                return false
            }
        case .has(let field):
            if case .absent = value(field, event) { return false }
            return true
        case .glob(let field, let glob): return any(field) { equals($0, glob, nil) }
        case .any(let field, let glob, let number): return any(field) { equals($0, glob, number) }
        case .number(let field, let comparison, let wanted):
            return any(field) { value in
                guard case .number(let number, _) = value, let other = Double(wanted.text) else { return false }
                return comparison.holds(number, other)
            }
        case .time(let field, let comparison, let wanted):
            return any(field) { value in
                switch value {
                case .time(let time): return comparison.holds(time, wanted)
                case .text(let text): return Timestamp(rfc3339: text).map { comparison.holds($0, wanted) } ?? false
                default: return false
                }
            }
        case .flag(_, let wanted): return event.simulated == wanted
        }
    }

    private static func equals(_ value: Value, _ glob: Glob, _ number: FilterNumber?) -> Bool {
        switch value {
        case .text(let text): return fits(text, glob)
        case .number(let found, let text):
            if let number { return Double(number.text) == found }
            return fits(text, glob)
        case .time(let time): return fits(time.rfc3339, glob)
        case .flag(let flag): return fits(String(flag), glob)
        case .absent, .other, .list: return false
        }
    }

    /// The textbook recursion.
    private static func fits(_ text: String, _ glob: Glob) -> Bool {
        var pattern: [Unicode.Scalar?] = []
        for (index, piece) in glob.pieces.enumerated() {
            if index > 0 { pattern.append(nil) }
            pattern += String(decoding: piece, as: UTF8.self).unicodeScalars.map { $0 }
        }
        func go(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar?>) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            guard let first else {
                return go(text, pattern.dropFirst()) || (!text.isEmpty && go(text.dropFirst(), pattern))
            }
            return text.first == first && go(text.dropFirst(), pattern.dropFirst())
        }
        return go(Array(text.lowercased().unicodeScalars)[...], pattern[...])
    }

    private static func value(_ field: FilterField, _ event: StoredEvent) -> Value {
        let root = try? JSONDocument.parse(event.event.data).root
        switch field {
        case .data(let path):
            var place = root
            for segment in path {
                guard let here = place else { return .absent }
                place = here.kind == .array ? Int(segment).flatMap { here[$0] } : here[segment]
            }
            return place.map { value($0, inList: false) } ?? .absent
        case .named(let name):
            switch name {
            case .type: return .text(event.event.type.rawValue)
            case .source: return .text(event.event.source)
            case .id: return .text(event.event.id)
            case .user: return event.event.userID.map { .text($0) } ?? .absent
            case .correlation: return event.event.correlationID.map { .text($0) } ?? .absent
            case .simulated: return .flag(event.simulated)
            case .time: return .time(event.event.time)
            case .recorded: return .time(event.recordedAt)
            case .partition: return .number(Double(event.partition), String(event.partition))
            case .offset: return .number(Double(event.offset), String(event.offset))
            default: break
            }
            let member = name.member.flatMap { root?[$0] }
            if name == .name, member == nil, let subject = event.event.subject { return .text(subject) }
            let found = member.map { value($0, inList: false) } ?? .absent
            if [.size, .amount, .accesses, .confidence, .progress].contains(name) {
                if case .number = found { return found }
                return .absent
            }
            return found
        }
    }

    private static func value(_ json: JSONValue, inList: Bool) -> Value {
        switch json.kind {
        case .null: .absent
        case .true: .flag(true)
        case .false: .flag(false)
        case .string: .text(json.string ?? "")
        case .number:
            json.double.map { number in .number(number, Int64(exactly: number).map { String($0) } ?? "\(number)") }
                ?? .other
        case .array: inList ? .other : .list(json.elements.map { value($0, inList: true) })
        case .object: .other
        }
    }
}
