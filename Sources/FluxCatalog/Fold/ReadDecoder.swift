import FluxEvents

/// Takes out of an event's data what it says of reads. Pure.
enum ReadDecoder {
    /// More bytes of a requester's name are cut off: whoever makes names up must not fill the catalogue with them.
    static let maximumRequesterBytes = 1_024

    /// The facts of an object with what `cloud.download` says of its reads.
    static func reads(_ data: JSONValue, of object: ObjectFacts) -> ObjectFacts {
        let details = data["details"]
        let count = positive(data["access_count"]) ?? positive(details?["reads"]) ?? 1
        let full = details?["full_reads"]?.double.flatMap { millionths($0, atMost: count) }
        let bytes = data["bytes"]?.int64.flatMap { $0 >= 0 ? $0 : nil }
        var facts = object
        facts.reads = ReadFacts(
            count: count, full: full ?? ObjectRow.product(count, ReadFacts.millionths),
            // Where nothing says what was sent, each read was of the whole object.
            bytes: bytes ?? ObjectRow.product(count, max(object.size ?? 0, 0)),
            requester: details?["requester"]?.string.flatMap(name))
        return facts
    }

    /// What `access.pattern_detected` says of a scan; nil where that cannot be understood.
    static func scan(_ data: JSONValue) -> Observation? {
        guard let place = ObservationDecoder.place(data), let details = data["details"],
            let requester = details["requester"]?.string.flatMap(name),
            let prefix = ObservationDecoder.name(details, "prefix"),
            let first = day(details["first_day"]), let last = day(details["last_day"]), first <= last
        else { return nil }
        let scan = ScanVerdict(prefix: prefix, firstDay: first, lastDay: last)
        return .verdict(VerdictFacts(place: place, requester: requester, scan: scan))
    }

    private static func positive(_ value: JSONValue?) -> Int64? {
        value?.int64.flatMap { $0 > 0 ? $0 : nil }
    }

    /// More full reads than reads there are none, and fewer than none neither.
    private static func millionths(_ value: Double, atMost reads: Int64) -> Int64? {
        guard value.isFinite, value >= 0 else { return nil }
        let limit = ObjectRow.product(reads, ReadFacts.millionths)
        let scaled = (value * Double(ReadFacts.millionths)).rounded()
        return scaled < Double(limit) ? Int64(scaled) : limit
    }

    private static func name(_ text: String) -> String? {
        guard !text.isEmpty else { return nil }
        guard text.utf8.count > maximumRequesterBytes else { return text }
        return String(decoding: text.utf8.prefix(maximumRequesterBytes), as: UTF8.self)
    }

    /// `2026-11-23` in UTC days since 1970.
    private static func day(_ value: JSONValue?) -> Int32? {
        guard let text = value?.utf8, text.count == 10 else { return nil }
        return Timestamp(rfc3339Bytes: text + Array("T00:00:00Z".utf8))?.day
    }
}
