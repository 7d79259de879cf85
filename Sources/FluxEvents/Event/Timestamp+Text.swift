public import NIOCore

extension Timestamp {
    /// The earliest moment that text may name: 1970-01-01T00:00:00.000Z.
    public static let earliest = Timestamp(milliseconds: 0)
    /// The latest moment that text may name: 9999-12-31T23:59:59.999Z.
    public static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    static let millisecondsPerDay: Int64 = 86_400_000

    /// Whole UTC days since 1970-01-01, rounded down (so one millisecond before 1970 is day -1).
    public var day: Int32 {
        let days = milliseconds / Self.millisecondsPerDay
        return Int32(clamping: milliseconds % Self.millisecondsPerDay < 0 ? days - 1 : days)
    }

    /// RFC 3339 in UTC with milliseconds and `Z`: `2026-11-23T05:11:20.123Z`, always 24 characters.
    ///
    /// Moments outside the years 1970–9999 are written as the nearest moment inside.
    public var rfc3339: String {
        String(unsafeUninitializedCapacity: 24) { target in
            withDigits { index, byte in target[index] = byte }
            return 24
        }
    }

    /// Writes what `rfc3339` returns, without quotes.
    public func write(into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.textBytes) { target in
            write(to: target)
            return Self.textBytes
        }
    }

    /// The length of what `rfc3339` returns.
    static let textBytes = 24

    /// Writes what `rfc3339` returns to memory that is long enough.
    func write(to target: UnsafeMutableRawBufferPointer) {
        withDigits { index, byte in target[index] = byte }
    }

    /// Whether the bytes are what `rfc3339` returns for some moment, so that they can be given on as they are.
    static func isCanonical(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == textBytes, bytes[10] == 0x54, bytes[23] == 0x5A, bytes[17] != 0x36 else { return false }
        return Timestamp(rfc3339Bytes: bytes) != nil
    }

    /// Gives the 24 characters to `put`, each with its place.
    @inline(__always)
    private func withDigits(_ put: (Int, UInt8) -> Void) {
        let clamped = min(max(milliseconds, Self.earliest.milliseconds), Self.latest.milliseconds)
        let (year, month, dayOfMonth) = CivilDate.fromDays(clamped / Self.millisecondsPerDay)
        let rest = Int(clamped % Self.millisecondsPerDay)
        func two(_ index: Int, _ value: Int) {
            put(index, 0x30 + UInt8(truncatingIfNeeded: value / 10))
            put(index + 1, 0x30 + UInt8(truncatingIfNeeded: value % 10))
        }
        two(0, year / 100)
        two(2, year % 100)
        put(4, 0x2D)
        two(5, month)
        put(7, 0x2D)
        two(8, dayOfMonth)
        put(10, 0x54)
        two(11, rest / 3_600_000)
        put(13, 0x3A)
        two(14, rest / 60_000 % 60)
        put(16, 0x3A)
        two(17, rest / 1000 % 60)
        put(19, 0x2E)
        two(20, rest % 1000 / 10)
        put(22, 0x30 + UInt8(truncatingIfNeeded: rest % 10))
        put(23, 0x5A)
    }

    /// Reads RFC 3339: `2026-11-23T05:11:20Z`, `2026-11-23t06:11:20.123456789+01:00`. Nil for anything else.
    ///
    /// Any offset of less than a day; 1–9 fraction digits, of which those past milliseconds are cut off; lower-case `t`
    /// and `z` are taken, a space for the `T` is not. A leap second (second 60, only in the last minute of a UTC day) is
    /// read as the last millisecond of that day. The moment must lie in 1970–9999 (UTC).
    public init?(rfc3339 text: some StringProtocol) {
        self.init(rfc3339Bytes: text.utf8)
    }

    /// The same from UTF-8 bytes.
    public init?(rfc3339Bytes text: some Sequence<UInt8>) {
        // The longest form has 9 fraction digits and an offset.
        let longest = 35
        let parsed: Int64? = withUnsafeTemporaryAllocation(byteCount: longest, alignment: 1) { bytes in
            var count = 0
            for byte in text {
                guard count < longest else { return nil }
                bytes[count] = byte
                count += 1
            }
            return RFC3339Parser(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<count])).milliseconds()
        }
        guard let parsed else { return nil }
        self.init(milliseconds: parsed)
    }
}

/// Reads the one form of time text that is accepted from outside.
private struct RFC3339Parser {
    let bytes: UnsafeRawBufferPointer

    private func number(_ range: Range<Int>) -> Int64? {
        var value: Int64 = 0
        for index in range {
            guard index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
            value = value * 10 + Int64(bytes[index] - 0x30)
        }
        return value
    }

    private func has(_ byte: UInt8, at index: Int) -> Bool { index < bytes.count && bytes[index] == byte }

    func milliseconds() -> Int64? {
        guard let year = number(0..<4), has(0x2D, at: 4), let month = number(5..<7), has(0x2D, at: 7),
            let day = number(8..<10), has(0x54, at: 10) || has(0x74, at: 10), let hour = number(11..<13),
            has(0x3A, at: 13), let minute = number(14..<16), has(0x3A, at: 16), let second = number(17..<19),
            (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, year: year), hour <= 23,
            minute <= 59, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if has(0x2E, at: index) {
            index += 1
            let start = index
            while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
                if index - start < 3 { fraction = fraction * 10 + Int64(bytes[index] - 0x30) }
                index += 1
            }
            let digits = index - start
            guard (1...9).contains(digits) else { return nil }
            if digits == 1 { fraction *= 100 } else if digits == 2 { fraction *= 10 }
        }
        guard let offsetMinutes = offset(at: index) else { return nil }
        let days = CivilDate.toDays(year: year, month: month, day: day)
        var total = ((days * 24 + hour) * 60 + minute - offsetMinutes) * 60
        if second == 60 {
            guard (total + 60) % 86_400 == 0 else { return nil }
            total += 59
            fraction = 999
        } else {
            total += second
        }
        let result = total * 1000 + fraction
        guard result >= Timestamp.earliest.milliseconds, result <= Timestamp.latest.milliseconds else { return nil }
        return result
    }

    /// The offset from UTC in minutes, if it is all that is left.
    private func offset(at index: Int) -> Int64? {
        if index == bytes.count - 1, has(0x5A, at: index) || has(0x7A, at: index) { return 0 }
        guard index == bytes.count - 6, has(0x2B, at: index) || has(0x2D, at: index),
            let hours = number(index + 1..<index + 3), has(0x3A, at: index + 3),
            let minutes = number(index + 4..<index + 6), hours <= 23, minutes <= 59
        else { return nil }
        let total = hours * 60 + minutes
        return bytes[index] == 0x2D ? -total : total
    }
}

/// The proleptic Gregorian calendar, counted in days since 1970-01-01.
enum CivilDate {
    /// Years are counted from March, so that the leap day is the last of the year; 400 years have 146,097 days.
    static func toDays(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func fromDays(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(dayOfYear - (153 * marchMonth + 2) / 5 + 1))
    }

    static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
