/// Numbers, sizes and times as expressions write them.
enum FilterLiteral {
    /// Units of bytes, as powers of 1000 and of 1024; written in any case.
    static let units: [(name: String, factor: Int64)] = [
        ("B", 1), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    enum NumberReading {
        case number(FilterNumber)
        /// Digits followed by letters that are no unit.
        case unknownUnit(digits: String, unit: String)
        /// A unit where none is allowed.
        case unitNotAllowed(digits: String)
        case notANumber
    }

    /// `5`, `-1.5`, `1e6` and, where units are allowed, `1.5GB`.
    static func number(_ text: String, unitsAllowed: Bool) -> NumberReading {
        if let number = plainNumber(text) { return .number(number) }
        let unit = String(text.reversed().prefix { $0.isLetter && $0.isASCII }.reversed())
        let digits = String(text.dropLast(unit.count))
        guard !unit.isEmpty, let number = plainNumber(digits) else { return .notANumber }
        guard let factor = units.first(where: { $0.name.lowercased() == unit.lowercased() })?.factor else {
            return .unknownUnit(digits: digits, unit: unit)
        }
        guard unitsAllowed else { return .unitNotAllowed(digits: digits) }
        return .number(number.times(factor, written: digits))
    }

    /// A number as JSON writes it, but also with zeros or a plus in front.
    private static func plainNumber(_ text: String) -> FilterNumber? {
        var sawDigit = false
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39: sawDigit = true
            // Double(_:) also reads “inf”, “nan” and hexadecimal; those are not numbers here.
            case 0x2B, 0x2D, 0x2E, 0x45, 0x65: break
            default: return nil
            }
        }
        guard sawDigit else { return nil }
        if let whole = Int64(text) { return FilterNumber(whole) }
        guard let real = Double(text), real.isFinite else { return nil }
        return FilterNumber(real)
    }

    /// RFC 3339, a date alone (its first moment in UTC), `now`, `now-15m`, `now+1h`.
    static func time(_ text: String, now: Timestamp) -> Timestamp? {
        if text.hasPrefix("now") {
            let rest = text.dropFirst(3)
            if rest.isEmpty { return inRange(now.milliseconds) }
            guard let sign = rest.first, sign == "-" || sign == "+", let unit = rest.last,
                let factor: Int64 = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000][unit]
            else { return nil }
            let digits = rest.dropFirst().dropLast()
            guard !digits.isEmpty, digits.utf8.count <= 12, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let count = Int64(digits)
            else { return nil }
            let (duration, overflow) = count.multipliedReportingOverflow(by: factor)
            let (sum, overflowAgain) = now.milliseconds.addingReportingOverflow(sign == "-" ? -duration : duration)
            if overflow || overflowAgain { return nil }
            return inRange(sum)
        }
        return Timestamp(rfc3339: text) ?? (text.utf8.count == 10 ? Timestamp(rfc3339: text + "T00:00:00Z") : nil)
    }

    /// Far past and far future mean the ends of what times can be.
    private static func inRange(_ milliseconds: Int64) -> Timestamp {
        Timestamp(
            milliseconds: min(max(milliseconds, Timestamp.earliest.milliseconds), Timestamp.latest.milliseconds))
    }
}
