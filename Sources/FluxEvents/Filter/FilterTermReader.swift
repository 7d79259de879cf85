/// Reads one `field:value`.
struct FilterTermReader {
    let now: Timestamp

    func term(
        _ field: FilterWord, _ comparison: FilterComparison, colon: Bool, _ value: FilterWord
    ) throws(FilterError) -> FilterTerm {
        if field.plain.lowercased() == "has" {
            guard comparison == .equal else {
                let known = FilterField.Name(text: value.plain)?.text ?? "size"
                throw FilterError(
                    message: "“has” takes a field: has:size", position: field.position, suggestion: "has:" + known)
            }
            return .has(try self.field(value, whole: nil))
        }
        let name = try self.field(field, whole: (field, comparison, colon, value))
        if colon, !value.isQuoted, let first = value.characters.first?.scalar, first == ">" || first == "<" {
            throw FilterError(
                message: "A comparison is written without the colon", position: field.position,
                suggestion: name.text + value.plain)
        }
        switch name.kind {
        case .text:
            guard comparison == .equal else {
                throw FilterError(
                    message: "“\(name.text)” is text and cannot be compared with “\(comparison.rawValue)”",
                    position: field.position, suggestion: name.text + ":" + value.plain)
            }
            return .glob(name, value.glob)
        case .flag:
            if comparison == .equal, let flag = Bool(value.plain.lowercased()) { return .flag(name, flag) }
            throw FilterError(
                message: "“\(name.text)” is true or false", position: value.position,
                suggestion: Suggestion.nearest(to: value.plain, among: ["true", "false"]) ?? "true")
        case .number, .size:
            if comparison == .equal, value.glob.hasStar { return .glob(name, value.glob) }
            return .number(name, comparison, try number(value, name))
        case .time:
            if comparison == .equal, value.glob.hasStar { return .glob(name, value.glob) }
            return .time(name, comparison, try time(value, name))
        case .any:
            return try any(name, comparison, value)
        }
    }

    /// A place in `data` has no kind of its own: the value says what is compared.
    private func any(
        _ name: FilterField, _ comparison: FilterComparison, _ value: FilterWord
    ) throws(FilterError) -> FilterTerm {
        var number: FilterNumber?
        if case .number(let read) = FilterLiteral.number(value.plain, unitsAllowed: true) { number = read }
        if comparison == .equal {
            return .any(name, value.glob, number: value.glob.hasStar ? nil : number)
        }
        if let number { return .number(name, comparison, number) }
        if let time = FilterLiteral.time(value.plain, now: now) { return .time(name, comparison, time) }
        throw FilterError(
            message: "“\(comparison.rawValue)” compares numbers and times; “\(Self.shown(value))” is neither",
            position: value.position, suggestion: "1")
    }

    private func number(_ value: FilterWord, _ name: FilterField) throws(FilterError) -> FilterNumber {
        let takesUnits = name.kind == .size
        switch FilterLiteral.number(value.plain, unitsAllowed: takesUnits) {
        case .number(let number): return number
        case .unknownUnit(let digits, let unit) where takesUnits:
            let nearest = Suggestion.nearest(to: unit, among: FilterLiteral.units.dropFirst().map(\.name))
            throw FilterError(
                message: "“\(unit)” is no unit; sizes have KB, MB, GB, TB or KiB, MiB, GiB, TiB",
                position: value.position, suggestion: digits + (nearest ?? "GB"))
        case .unitNotAllowed(let digits), .unknownUnit(let digits, _):
            throw FilterError(
                message: "“\(name.text)” is a number without a unit", position: value.position, suggestion: digits)
        case .notANumber:
            throw FilterError(
                message: "“\(name.text)” is a number; “\(Self.shown(value))” is not", position: value.position,
                suggestion: name.exampleValue)
        }
    }

    private func time(_ value: FilterWord, _ name: FilterField) throws(FilterError) -> Timestamp {
        if let time = FilterLiteral.time(value.plain, now: now) { return time }
        throw FilterError(
            message: "“\(name.text)” is a time, such as 2026-11-23T05:11:20Z or now-15m (s, m, h, d); "
                + "“\(Self.shown(value))” is not", position: value.position, suggestion: "now-1h")
    }

    /// The field a word names. `whole` is the term it begins, for a better suggestion.
    private func field(
        _ word: FilterWord, whole: (FilterWord, FilterComparison, Bool, FilterWord)?
    ) throws(FilterError) -> FilterField {
        let segments = word.characters.split(omittingEmptySubsequences: false) { $0.scalar == "." && !$0.isEscaped }
            .map { piece in
                var text = ""
                text.unicodeScalars.append(contentsOf: piece.lazy.map(\.scalar))
                return text
            }
        if segments.count > 1, segments[0].lowercased() == "data" {
            guard segments.dropFirst().allSatisfy({ !$0.isEmpty }) else {
                throw FilterError(
                    message: "A name is missing in “\(Self.shown(word))”; a dot in a name is written \\.",
                    position: word.position, suggestion: FilterField.guess(segments).text)
            }
            return .data(Array(segments.dropFirst()))
        }
        let name = word.plain
        if let known = FilterField.Name(text: name) { return .named(known) }
        if name.lowercased() == "data" {
            throw FilterError(
                message: "“data” needs a place in it, such as data.file_name", position: word.position,
                suggestion: "data.file_name")
        }
        if let whole, name.hasSuffix("!"), let known = FilterField.Name(text: String(name.dropLast())) {
            throw FilterError(
                message: "“not equal” is written with a minus in front", position: word.position,
                suggestion: "-" + known.text + ":" + whole.3.plain)
        }
        let nearest = Suggestion.nearest(
            to: name, among: FilterField.Name.allCases.map(\.text) + (whole == nil ? [] : ["has"]))
        throw FilterError(
            message: "There is no field “\(Self.shown(word))”; for text with a sign in it use quotes, for anything in "
                + "data write data.NAME", position: word.position,
            suggestion: nearest ?? meant(segments, whole: whole))
    }

    /// What is probably meant where no field is near: text that happens to have a sign in it, such as an address, or
    /// a member of `data`.
    private func meant(
        _ segments: [String], whole: (FilterWord, FilterComparison, Bool, FilterWord)?
    ) -> String {
        if let whole, whole.2, !whole.3.isQuoted, whole.3.plain.hasPrefix("//"),
            !whole.3.plain.contains(where: { $0 == "\"" || $0 == "\\" })
        {
            return "\"\(whole.0.plain):\(whole.3.plain)\""
        }
        return FilterField.guess(segments).text
    }

    /// A word as it may stand in a message.
    private static func shown(_ word: FilterWord) -> String {
        let text = word.plain
        return text.unicodeScalars.count > 40
            ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(40))) + "…" : text
    }
}
