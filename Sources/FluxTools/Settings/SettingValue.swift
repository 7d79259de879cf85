import FluxAccess
import FluxEvents

/// Reads the values of settings. Pure: text in, value or words out.
public enum SettingValue {
    /// Milliseconds of `500ms`, `1s`, `5m`, `2h` or `90d` (whole or decimal, 0 to 100 years); nil where it is none.
    public static func milliseconds(_ text: String) -> Int64? {
        guard let (number, unit) = split(text) else { return nil }
        let scale: Double
        switch unit {
        case "ms": scale = 1
        case "s": scale = 1000
        case "m": scale = 60_000
        case "h": scale = 3_600_000
        case "d": scale = 86_400_000
        default: return nil
        }
        let value = (number * scale).rounded()
        return value <= 3_155_760_000_000 ? Int64(value) : nil
    }

    /// Bytes of `1048576`, `128MiB`, `10 GB`; nil where it is none.
    public static func bytes(_ text: String) -> Int64? {
        guard let (number, unit) = split(text) else { return nil }
        let scales: [String: Double] = [
            "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
            "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
        ]
        guard let scale = scales[unit.lowercased()] else { return nil }
        let value = (number * scale).rounded()
        return value < 9.2e18 ? Int64(value) : nil
    }

    /// 0–100 of `10`, `10%` or `10 %`; nil where it is none.
    public static func percent(_ text: String) -> Double? {
        guard let (number, unit) = split(text), unit.isEmpty || unit == "%", number <= 100 else { return nil }
        return number
    }

    /// As `percent`, but neither never nor always; nil where it is none.
    public static func chance(_ text: String) -> Double? {
        percent(text).flatMap { $0 > 0 && $0 < 100 ? $0 : nil }
    }

    /// US dollars of `1`, `2.50` or `10 USD`; nil where it is none.
    public static func dollars(_ text: String) -> Double? {
        guard let (number, unit) = split(text), unit.isEmpty || unit.uppercased() == "USD", number <= 1_000_000 else {
            return nil
        }
        return number
    }

    /// Host and port of `127.0.0.1:8000` or `[::1]:8000`; nil where it is none. The host comes without brackets.
    public static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            (0...65535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "@" }) else { return nil }
        return (String(host), port)
    }

    /// `true false yes no on off 1 0`; nil where it is none.
    public static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    /// Says why a text is no value of a kind, and what would be; nil where it is one.
    static func complaint(_ text: String, kind: Setting.Kind) -> String? {
        switch kind {
        case .text, .path, .storeURL:
            text.isEmpty ? "is empty" : nil
        case .filterPreset: presetComplaint(text)
        case .address:
            address(text) == nil ? "is not HOST:PORT (an IPv6 host stands in brackets: [::1]:8000)" : nil
        case .duration(let least, let optional):
            if optional, text == "none" { nil } else { durationComplaint(text, least, optional) }
        case .bytes(let range, let optional):
            if optional, text == "none" { nil } else { bytesComplaint(text, range, optional) }
        case .count(let range):
            if let value = Int(text), range.contains(value) {
                nil
            } else {
                "is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
        case .percent:
            percent(text) == nil ? "is not a percentage from 0 to 100" : nil
        case .chance:
            chance(text) == nil ? "is not a percentage above 0 and below 100" : nil
        case .dollars:
            dollars(text) == nil ? "is not an amount in US dollars from 0 to 1000000" : nil
        case .boolean:
            boolean(text) == nil ? "is not true or false" : nil
        case .choice(let choices):
            choices.contains(text) ? nil : "is none of \(choices.joined(separator: ", "))"
        }
    }

    /// Name and expression of `NAME=EXPRESSION`, without the blanks around them; nil where there is no `=`.
    public static func preset(_ text: String) -> (name: String, expression: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        func bare(_ part: Substring) -> String {
            let front = part.drop { $0 == " " }
            return String(front.prefix(front.count - front.reversed().prefix { $0 == " " }.count))
        }
        return (bare(text[..<equals]), bare(text[text.index(after: equals)...]))
    }

    private static func presetComplaint(_ text: String) -> String? {
        guard let (name, expression) = preset(text) else { return "is not NAME=EXPRESSION, such as Big files=size>1GB" }
        if let complaint = SavedFilter.complaint(name: name) { return "has a name that \(complaint)" }
        do {
            // The time is only for `now`, which says nothing about whether the expression can be read.
            return try Filter(expression, now: Timestamp(milliseconds: 0)).isEverything ? "has no expression" : nil
        } catch {
            return "is not a filter: \(error)"
        }
    }

    private static func durationComplaint(_ text: String, _ least: Int64, _ optional: Bool) -> String? {
        guard let value = milliseconds(text) else {
            return "is not a duration (500ms, 1s, 5m, 2h, 90d\(optional ? ", none" : ""))"
        }
        return value < least ? "is shorter than \(least) ms" : nil
    }

    private static func bytesComplaint(_ text: String, _ range: ClosedRange<Int64>, _ optional: Bool) -> String? {
        guard let value = bytes(text) else {
            return "is not a size (1048576, 64KB, 128MiB, 10GB\(optional ? ", none" : ""))"
        }
        if range.contains(value) { return nil }
        return range.upperBound == .max
            ? "is under \(range.lowerBound) bytes" : "is not from \(range.lowerBound) to \(range.upperBound) bytes"
    }

    /// A number that is not negative, and what stands behind it.
    private static func split(_ text: String) -> (Double, String)? {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard !digits.isEmpty, digits.count <= 20, let number = Double(digits), number.isFinite else { return nil }
        let rest = text.dropFirst(digits.count)
        return (number, String(rest.first == " " ? rest.dropFirst() : rest))
    }
}
