extension FilterNode {
    func matches(_ event: FilterView) -> Bool {
        switch self {
        case .everything: return true
        case .and(let nodes):
            for node in nodes where !node.matches(event) { return false }
            return true
        case .or(let nodes):
            for node in nodes where node.matches(event) { return true }
            return false
        case .not(let inner): return !inner.matches(event)
        case .term(let term): return term.matches(event)
        }
    }
}

extension FilterTerm {
    func matches(_ event: FilterView) -> Bool {
        switch self {
        case .text(let glob):
            // Those that need no JSON first.
            for name in [FilterField.Name.type, .id, .name, .bucket] {
                if case .folded(let text) = event.value(.named(name)), glob.isPart(of: text) { return true }
            }
            return false
        case .has(let field):
            if case .absent = event.value(field) { return false }
            return true
        case .glob(let field, let glob):
            return Self.any(event.value(field)) { Self.fits($0, glob, number: nil) }
        case .any(let field, let glob, let number):
            return Self.any(event.value(field)) { Self.fits($0, glob, number: number) }
        case .number(let field, let comparison, let wanted):
            return Self.any(event.value(field)) { value in
                if case .number(let number) = value { comparison.holds(number, wanted) } else { false }
            }
        case .time(let field, let comparison, let wanted):
            return Self.any(event.value(field)) { value in
                switch value {
                case .time(let time): return comparison.holds(time, wanted)
                case .folded(let text):
                    guard let time = Timestamp(rfc3339Bytes: text) else { return false }
                    return comparison.holds(time, wanted)
                default: return false
                }
            }
        case .flag(let field, let wanted):
            if case .flag(let flag) = event.value(field) { return flag == wanted }
            return false
        }
    }

    /// An array answers for its elements.
    private static func any(_ value: FilterValue, _ test: (FilterValue) -> Bool) -> Bool {
        if case .list(let elements) = value { return elements.contains(where: test) }
        return test(value)
    }

    private static func fits(_ value: FilterValue, _ glob: Glob, number: FilterNumber?) -> Bool {
        switch value {
        case .folded(let text): glob.matches(text)
        case .number(let found): number.map { $0 == found } ?? glob.matches(CaseFold.fold(found.text))
        case .time(let time): glob.matches(CaseFold.fold(time.rfc3339))
        case .flag(let flag): glob.matches(Array((flag ? "true" : "false").utf8))
        case .absent, .list, .other: false
        }
    }
}
