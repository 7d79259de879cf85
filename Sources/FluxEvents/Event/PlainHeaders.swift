import Glibc

/// Where the parts of an envelope lie in a record whose headers need no decoding: printable ASCII without quotes and
/// backslashes, a time in the one form that we write, no extensions. What differs is left to `StoredEvent`.
struct PlainHeaders {
    /// So many bytes at a place.
    struct Part {
        var start = 0
        var count = -1

        var isThere: Bool { count >= 0 }
        /// Only of one that is there.
        var range: Range<Int> { start..<start + count }
    }

    var id = Part()
    var source = Part()
    /// As it stands in the header.
    var wholeType = Part()
    /// The type inside `io.cloudflux.X.v1`, or all of it.
    var type = Part()
    var time = Part()
    var subject = Part()
    var correlationID = Part()
    var userID = Part()

    init?(_ record: RecordBytes, _ times: inout CanonicalTimes) {
        let bytes = record.content
        guard let base = bytes.baseAddress.map({ UnsafeRawPointer($0) }) else { return nil }
        var position = record.layout.headers
        var left = Varint.read(bytes, at: &position, end: bytes.count) ?? 0
        while left > 0 {
            left -= 1
            // Names and values lie within the content: whoever made the record's bytes, or read them, has seen to it.
            let nameBytes = Int(Varint.read(bytes, at: &position, end: bytes.count) ?? 0)
            let name = base + position
            position += nameBytes
            let count = Int(Varint.read(bytes, at: &position, end: bytes.count) ?? -1)
            guard count >= 0 else { continue }
            let start = base + position
            let part = Part(start: position, count: count)
            position += count
            switch nameBytes {
            case 5 where Self.equal(name, RecordHeaderName.id):
                guard PlainText.isPlain(start, count) else { return nil }
                id = part
            case 7 where Self.equal(name, RecordHeaderName.type):
                guard !wholeType.isThere, PlainText.isPlain(start, count) else { return nil }
                wholeType = part
            case 7 where Self.equal(name, RecordHeaderName.time):
                guard times.isCanonical(start, count) else { return nil }
                time = part
            case 9 where Self.equal(name, RecordHeaderName.source):
                guard PlainText.isPlain(start, count) else { return nil }
                source = part
            case 9 where Self.equal(name, RecordHeaderName.userID):
                guard PlainText.isPlain(start, count) else { return nil }
                userID = part
            case 10 where Self.equal(name, RecordHeaderName.subject):
                guard PlainText.isPlain(start, count) else { return nil }
                subject = part
            case 12 where Self.equal(name, RecordHeaderName.contentType):
                guard count == 16, Self.equal(start, "application/json") else { return nil }
            case 14 where Self.equal(name, RecordHeaderName.specVersion):
                guard PlainText.isPlain(start, count) else { return nil }
            case 16 where Self.equal(name, RecordHeaderName.correlationID):
                guard PlainText.isPlain(start, count) else { return nil }
                correlationID = part
            default: return nil
            }
        }
        guard id.isThere, source.isThere, wholeType.isThere, time.isThere else { return nil }
        guard let type = Self.native(wholeType, base) else { return nil }
        self.type = type
    }

    /// Whether it is a `system.inventory` event.
    func isInventory(_ base: UnsafeRawPointer) -> Bool {
        wholeType.count == 32 && Self.equal(base + wholeType.start, "io.cloudflux.system.inventory.v1")
    }

    /// Whether the type belongs to CloudFlux's own vocabulary.
    func isReserved(_ base: UnsafeRawPointer) -> Bool {
        EventType.isReserved(UnsafeRawBufferPointer(start: base + type.start, count: type.count))
    }

    private static let prefix: StaticString = "io.cloudflux."
    private static let suffix: StaticString = ".v1"

    private static func native(_ whole: Part, _ base: UnsafeRawPointer) -> Part? {
        guard isWrapped(whole, base) else { return whole }
        let inner = Part(
            start: whole.start + prefix.utf8CodeUnitCount,
            count: whole.count - prefix.utf8CodeUnitCount - suffix.utf8CodeUnitCount)
        // One that is wrapped twice must be looked at more closely.
        return isWrapped(inner, base) ? nil : inner
    }

    @inline(__always)
    private static func isWrapped(_ part: Part, _ base: UnsafeRawPointer) -> Bool {
        part.count > prefix.utf8CodeUnitCount + suffix.utf8CodeUnitCount
            && equal(base + part.start, prefix)
            && equal(base + part.start + part.count - suffix.utf8CodeUnitCount, suffix)
    }

    /// Whether this text stands there. The caller has seen to the length.
    @inline(__always)
    private static func equal(_ start: UnsafeRawPointer, _ text: StaticString) -> Bool {
        memcmp(start, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}

/// Knows whether texts are times in the one form that we write, and remembers the last date that was one: neighbours in
/// the log are mostly of one day.
struct CanonicalTimes {
    private var date: (UInt64, UInt16) = (0, 0)
    private var hasDate = false

    mutating func isCanonical(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        guard count == Timestamp.textBytes else { return false }
        let date = (start.loadUnaligned(as: UInt64.self), start.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
        if hasDate, date == self.date, Self.isTimeOfDay(start) { return true }
        guard Timestamp.isCanonical(UnsafeRawBufferPointer(start: start, count: count)) else { return false }
        self.date = date
        hasDate = true
        return true
    }

    /// Whether `T00:00:00.000Z` to `T23:59:59.999Z` stands behind the date.
    @inline(__always)
    private static func isTimeOfDay(_ start: UnsafeRawPointer) -> Bool {
        // Against `T00:00` behind the last two characters of the date, and `:00.000Z`: what stands between the digits
        // becomes 0, and a digit its value.
        let hours =
            (UInt64(littleEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) ^ 0x3030_3A30_3054_0000)
            & 0xFFFF_FFFF_FFFF_0000
        let seconds =
            UInt64(littleEndian: start.loadUnaligned(fromByteOffset: 16, as: UInt64.self)) ^ 0x5A30_3030_2E30_303A
        // Each byte's high bit is set by the addition where the byte is over its limit: 0, 2, 5 or 9.
        let over =
            hours | (hours &+ 0x767A_7F76_7D7F_0000) | seconds | (seconds &+ 0x7F76_7676_7F76_7A7F)
        guard over & 0x8080_8080_8080_8080 == 0 else { return false }
        return hours >> 24 & 0xFF < 2 || hours >> 32 & 0xFF <= 3
    }
}
