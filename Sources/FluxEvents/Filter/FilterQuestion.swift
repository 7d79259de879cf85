/// One question about one event, its parts apart: those that are not needed for an answer are not touched.
final class FilterQuestion: Sendable {
    private enum Kind {
        case text, has, value, number, time, flag
    }

    private let kind: Kind
    private let place: FilterPlace
    private let glob: Glob
    private let comparison: FilterComparison
    private let number: FilterNumber?
    private let time: Timestamp
    private let flag: Bool

    init(_ term: FilterTerm) {
        var field = FilterField.named(.name)
        var glob = Glob(pieces: [])
        var comparison = FilterComparison.equal
        var number: FilterNumber?
        var time = Timestamp(milliseconds: 0)
        var flag = false
        switch term {
        case .text(let wanted): (kind, glob) = (.text, wanted)
        case .has(let asked): (kind, field) = (.has, asked)
        case .glob(let asked, let wanted): (kind, field, glob) = (.value, asked, wanted)
        case .any(let asked, let wanted, let equal): (kind, field, glob, number) = (.value, asked, wanted, equal)
        case .number(let asked, let how, let wanted): (kind, field, comparison, number) = (.number, asked, how, wanted)
        case .time(let asked, let how, let wanted): (kind, field, comparison, time) = (.time, asked, how, wanted)
        case .flag(let asked, let wanted): (kind, field, flag) = (.flag, asked, wanted)
        }
        place = FilterPlace(field)
        (self.glob, self.comparison, self.number, self.time, self.flag) = (glob, comparison, number, time, flag)
    }

    func holds(_ event: FilterView) -> Bool {
        switch kind {
        case .text:
            // Those that need no JSON first.
            for name in [FilterField.Name.type, .id, .name, .bucket] {
                if case .folded(let text) = event.value(.named(name)), glob.isPart(of: text) { return true }
            }
            return false
        case .has:
            if case .absent = event.value(place) { return false }
            return true
        case .flag:
            if case .flag(let found) = event.value(place) { return found == flag }
            return false
        case .value, .number, .time:
            let value = event.value(place)
            // An array answers for its elements.
            if case .list(let elements) = value { return elements.contains(where: fits) }
            return fits(value)
        }
    }

    private func fits(_ value: FilterValue) -> Bool {
        switch (kind, value) {
        case (.value, .folded(let text)): glob.matches(text)
        case (.value, .number(let found)):
            number.map { $0 == found } ?? glob.matches(CaseFold.fold(found.text))
        case (.value, .time(let time)): glob.matches(CaseFold.fold(time.rfc3339))
        case (.value, .flag(let flag)): glob.matches(Array((flag ? "true" : "false").utf8))
        case (.number, .number(let found)): number.map { comparison.holds(found, $0) } ?? false
        case (.time, .time(let found)): comparison.holds(found, time)
        case (.time, .folded(let text)):
            Timestamp(rfc3339Bytes: text).map { comparison.holds($0, time) } ?? false
        default: false
        }
    }
}

/// Where a question looks, ready to be looked up in what was read already.
enum FilterPlace: Sendable {
    case named(FilterField.Name)
    case path(FilterPath)

    init(_ field: FilterField) {
        switch field {
        case .named(let name): self = .named(name)
        case .data(let segments): self = .path(FilterPath(segments))
        }
    }
}

/// A place inside `data`, its hash made once.
struct FilterPath: Sendable, Hashable {
    let segments: [String]
    private let hash: Int

    init(_ segments: [String]) {
        self.segments = segments
        hash = segments.hashValue
    }

    static func == (a: FilterPath, b: FilterPath) -> Bool { a.hash == b.hash && a.segments == b.segments }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
