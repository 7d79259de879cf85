import Glibc

/// One line of an S3 server access log, as ranges of its bytes: nothing is copied and nothing decoded until it is asked for.
///
/// Lines have grown with the years (18, 24, 25, 26, 27 fields): they are read by position, and what stands behind the fields
/// that are known is passed over. Quotes within the request, the referer and the user agent are not escaped, and clients
/// write these; so the request ends at the first `HTTP/x.y"` with a status behind it (a request has no blanks of its own,
/// headers do), and the user agent at the last quote of the line.
///
/// Source: Amazon S3 User Guide, "Amazon S3 server access log format". Pure.
public struct AccessLogLine: Sendable, Hashable {
    public var bucket: Range<Int>
    /// Seconds since 1970 (UTC).
    public var time: Int64
    public var remoteIP: Range<Int>
    /// `-` where nobody signed in. It may hold blanks.
    public var requester: Range<Int>
    public var requestID: Range<Int>
    public var operation: Range<Int>
    /// Encoded once or twice; `-` where the request is of the bucket.
    public var key: Range<Int>
    /// Nil where the line has `-`.
    public var status: Int?
    /// `-` where there is none.
    public var errorCode: Range<Int>
    /// Without the head of the answer.
    public var bytesSent: Int64?
    public var objectSize: Int64?
    public var userAgent: Range<Int>
    public var versionID: Range<Int>?

    /// Why a text is no such line.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        public var description: String
    }

    /// The longest line (bytes). The longest header fields that S3 takes are 8 KB in all, a key 3 KB twice encoded.
    public static let maximumBytes = 64 << 10

    /// Reads a line without its end.
    public init(_ line: UnsafeRawBufferPointer) throws(Failure) {
        guard line.count <= Self.maximumBytes else {
            throw Failure(description: "the line is longer than \(Self.maximumBytes) bytes")
        }
        var fields = FieldReader(line: line)
        _ = try fields.next("bucket owner")
        bucket = try fields.next("bucket")
        time = try fields.time()
        remoteIP = try fields.next("remote IP")
        let head = try fields.upToQuote()
        (requester, requestID, operation, key) = try Self.divide(head, line)
        try fields.passRequest()
        status = try fields.number("status").map(Int.init)
        errorCode = try fields.next("error code")
        bytesSent = try fields.number("bytes sent")
        objectSize = try fields.number("object size")
        _ = try fields.number("total time")
        _ = try fields.number("turn-around time")
        (userAgent, versionID) = try fields.agentAndVersion()
    }

    /// A requester may hold blanks; the three behind it never do.
    private static func divide(
        _ head: Range<Int>, _ line: UnsafeRawBufferPointer
    ) throws(Failure) -> (Range<Int>, Range<Int>, Range<Int>, Range<Int>) {
        var end = head.upperBound
        func last() throws(Failure) -> Range<Int> {
            guard let blank = LineBytes.last(UInt8(ascii: " "), in: head.lowerBound..<end, line), blank + 1 < end else {
                throw Failure(description: "fields are missing before the request")
            }
            defer { end = blank }
            return blank + 1..<end
        }
        let key = try last()
        let operation = try last()
        let requestID = try last()
        guard end > head.lowerBound else { throw Failure(description: "the requester is missing") }
        return (head.lowerBound..<end, requestID, operation, key)
    }
}

/// Finds the last of a byte: forwards, as the few there are cost less than looking at each byte from behind.
private enum LineBytes {
    static func last(_ byte: UInt8, in range: Range<Int>, _ line: UnsafeRawBufferPointer) -> Int? {
        guard let base = line.baseAddress else { return nil }
        var last: Int?
        var start = range.lowerBound
        while start < range.upperBound, let found = memchr(base + start, Int32(byte), range.upperBound - start) {
            let place = UnsafeRawPointer(found) - base
            last = place
            start = place + 1
        }
        return last
    }
}

/// Takes a line's fields from its start on.
private struct FieldReader {
    let line: UnsafeRawBufferPointer
    var place = 0

    private static let blank = UInt8(ascii: " ")
    private static let quote = UInt8(ascii: "\"")

    mutating func next(_ name: StaticString) throws(AccessLogLine.Failure) -> Range<Int> {
        let end = find(Self.blank, from: place) ?? line.count
        guard end > place else { throw AccessLogLine.Failure(description: "the \(name) is missing") }
        defer { place = min(end + 1, line.count) }
        return place..<end
    }

    /// A number that is not negative; nil for `-`.
    mutating func number(_ name: StaticString) throws(AccessLogLine.Failure) -> Int64? {
        let field = try next(name)
        if field.count == 1, line[field.lowerBound] == UInt8(ascii: "-") { return nil }
        guard field.count <= 18 else { throw AccessLogLine.Failure(description: "the \(name) is no number") }
        var value: Int64 = 0
        for index in field {
            guard let digit = Self.digit(line[index]) else {
                throw AccessLogLine.Failure(description: "the \(name) is no number")
            }
            value = value * 10 + digit
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        (0x30...0x39).contains(byte) ? Int64(byte - 0x30) : nil
    }

    /// `[06/Feb/2019:00:00:38 +0000]`.
    mutating func time() throws(AccessLogLine.Failure) -> Int64 {
        let wrong = AccessLogLine.Failure(description: "the time is none")
        guard line.count - place >= 29, line[place] == UInt8(ascii: "["), line[place + 27] == UInt8(ascii: "]"),
            line[place + 28] == Self.blank, let day = two(1), let month = month(), let century = two(8),
            let year = two(10),
            let hour = two(13), let minute = two(16), let second = two(19), let zoneHour = two(23),
            let zoneMinute = two(25),
            day >= 1, day <= 31, hour < 24, minute < 60, second <= 60
        else { throw wrong }
        let (slash, colon) = (UInt8(ascii: "/"), UInt8(ascii: ":"))
        guard line[place + 3] == slash, line[place + 7] == slash, line[place + 12] == colon, line[place + 15] == colon,
            line[place + 18] == colon, line[place + 21] == Self.blank
        else { throw wrong }
        let sign: Int64
        switch line[place + 22] {
        case UInt8(ascii: "+"): sign = -1
        case UInt8(ascii: "-"): sign = 1
        default: throw wrong
        }
        place += 29
        let days = Self.days(century * 100 + year, month, day)
        return days * 86_400 + hour * 3600 + minute * 60 + second + sign * (zoneHour * 3600 + zoneMinute * 60)
    }

    private func two(_ offset: Int) -> Int64? {
        guard let tens = Self.digit(line[place + offset]), let ones = Self.digit(line[place + offset + 1]) else {
            return nil
        }
        return tens * 10 + ones
    }

    private func month() -> Int64? {
        switch (line[place + 4], line[place + 5], line[place + 6]) {
        case (0x4A, 0x61, 0x6E): 1
        case (0x46, 0x65, 0x62): 2
        case (0x4D, 0x61, 0x72): 3
        case (0x41, 0x70, 0x72): 4
        case (0x4D, 0x61, 0x79): 5
        case (0x4A, 0x75, 0x6E): 6
        case (0x4A, 0x75, 0x6C): 7
        case (0x41, 0x75, 0x67): 8
        case (0x53, 0x65, 0x70): 9
        case (0x4F, 0x63, 0x74): 10
        case (0x4E, 0x6F, 0x76): 11
        case (0x44, 0x65, 0x63): 12
        default: nil
        }
    }

    /// Days since 1970 of a date of the Gregorian calendar.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // Years that begin in March end with the leap day.
        let shifted = month > 2 ? month - 3 : month + 9
        let year = month > 2 ? year : year - 1
        let leaps = year / 4 - year / 100 + year / 400
        return year * 365 + leaps + (shifted * 306 + 5) / 10 + day - 1 - 719_468
    }

    /// What stands before the next quote, without the blank between.
    mutating func upToQuote() throws(AccessLogLine.Failure) -> Range<Int> {
        guard let quote = find(Self.quote, from: place), quote > place, line[quote - 1] == Self.blank else {
            throw AccessLogLine.Failure(description: "the request is missing")
        }
        defer { place = quote }
        return place..<quote - 1
    }

    mutating func passRequest() throws(AccessLogLine.Failure) {
        if line.count - place > 4, line[place + 1] == UInt8(ascii: "-"), line[place + 2] == Self.quote,
            line[place + 3] == Self.blank
        {
            place += 4
            return
        }
        var start = place + 1
        while let quote = find(Self.quote, from: start) {
            if endsRequest(quote) {
                place = quote + 2
                return
            }
            start = quote + 1
        }
        throw AccessLogLine.Failure(description: "the request does not end")
    }

    /// ` HTTP/1.1" 200 `, around this quote; the status may be `-`.
    private func endsRequest(_ quote: Int) -> Bool {
        guard quote >= place + 10, quote + 3 < line.count, line[quote + 1] == Self.blank else { return false }
        let version = quote - 9
        guard line[version] == Self.blank, line[version + 1] == UInt8(ascii: "H"),
            line[version + 2] == UInt8(ascii: "T"),
            line[version + 3] == UInt8(ascii: "T"), line[version + 4] == UInt8(ascii: "P"),
            line[version + 5] == UInt8(ascii: "/"), line[version + 7] == UInt8(ascii: ".")
        else { return false }
        if line[quote + 2] == UInt8(ascii: "-") { return line[quote + 3] == Self.blank }
        return quote + 5 < line.count && Self.digit(line[quote + 2]) != nil && Self.digit(line[quote + 3]) != nil
            && Self.digit(line[quote + 4]) != nil && line[quote + 5] == Self.blank
    }

    /// The user agent stands before the line's last quote, behind the referer; the version behind it.
    mutating func agentAndVersion() throws(AccessLogLine.Failure) -> (Range<Int>, Range<Int>?) {
        guard place < line.count, line[place] == Self.quote,
            let last = LineBytes.last(Self.quote, in: place..<line.count, line), last > place
        else {
            throw AccessLogLine.Failure(description: "referer and user agent are missing")
        }
        // `" "` is where the referer ends, as far as anybody can say.
        var middle = place + 1
        while let quote = find(Self.quote, from: middle) {
            if quote + 2 <= last, line[quote + 1] == Self.blank, line[quote + 2] == Self.quote { break }
            middle = quote + 1
        }
        guard let quote = find(Self.quote, from: middle), quote + 2 < last else {
            throw AccessLogLine.Failure(description: "the user agent is missing")
        }
        let agent = quote + 3..<last
        place = last + 1
        guard place < line.count, line[place] == Self.blank else { return (agent, nil) }
        place += 1
        let version = try next("version")
        return (agent, version.count == 1 && line[version.lowerBound] == UInt8(ascii: "-") ? nil : version)
    }

    private func find(_ byte: UInt8, from start: Int) -> Int? {
        guard start < line.count, let base = line.baseAddress,
            let found = memchr(base + start, Int32(byte), line.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
