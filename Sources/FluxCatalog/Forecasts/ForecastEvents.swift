import FluxEvents
import FluxStores
import FluxTiering
import NIOCore

/// Writes the events of what is worth telling. Pure.
///
/// Ids are derived from the object and from how far the log was folded, so that what is told twice is kept once.
struct ForecastEvents: Sendable {
    let part: ForecastPiece.Part
    let position: Int64
    let now: Timestamp
    private let source: String

    init(_ part: ForecastPiece.Part, position: Int64, now: Timestamp) {
        self.part = part
        self.position = position
        self.now = now
        source = StoreURL.source(of: part.store.url)
    }

    // MARK: One object

    /// One or two events for each.
    func single() -> [Event] { part.news.flatMap(events) }

    private func events(_ news: ForecastPiece.News) -> [Event] {
        guard let provider = Provider(rawValue: part.place.provider) else { return [] }
        let object = ObjectRef(
            provider: provider, account: part.place.account, bucket: part.place.bucket, key: news.key)
        var events: [Event] = []
        if let pattern = news.news.pattern {
            var data = data(object, news)
            data.patternType = pattern.rawValue
            data.details["chance_30_days"] = .number(news.judgement.chance, digits: 4)
            if let told = news.told?.temperature { data.details["previous_temperature"] = .string(told.rawValue) }
            events.append(event(data, .patternDetected, pattern.rawValue))
        }
        if news.news.prediction {
            var data = data(object, news)
            data.predictedValue = Self.rounded(news.judgement.chance, 4)
            data.details["horizon_days"] = .integer(Int64(ForecastModel.horizon))
            if let told = news.told?.chance { data.details["previous_value"] = .number(told, digits: 4) }
            data.details["reasons"] = .raw(reasons(news))
            events.append(event(data, .prediction, "prediction"))
        }
        return events
    }

    private func data(_ object: ObjectRef, _ news: ForecastPiece.News) -> ObjectEventData {
        var data = ObjectEventData(object: object, accessCount: news.recentReads)
        data.temperature = news.judgement.temperature.rawValue
        data.confidence = Self.rounded(news.judgement.confidence, 4)
        data.details = [
            "reads_per_day": .number(news.judgement.rate, digits: 6),
            "watched_days": .number(news.watched, digits: 2),
            "known_through": .time(Timestamp(milliseconds: part.window.through)),
        ]
        return data
    }

    private func reasons(_ news: ForecastPiece.News) -> ByteBuffer {
        let reads = news.recentReads == 1 ? "once" : "\(news.recentReads) times"
        let watched = Self.rounded(news.watched, 1)
        var json = JSONWriter()
        json.beginArray()
        json.string(news.recentReads == 0 ? "not read in the last 30 days" : "read \(reads) in the last 30 days")
        json.string("its reads are known for \(watched) \(watched == 1 ? "day" : "days")")
        json.string("objects like it are read \(Self.rounded(news.usualRate, 4)) times a day")
        json.endArray()
        return json.buffer
    }

    private func event(_ data: ObjectEventData, _ type: EventType, _ kind: String) -> Event {
        let identity = [Array("\(kind) \(position) \(part.place.account)".utf8), data.object.key]
        return data.event(
            type, id: Identifier.derived(source: source, outsideID: Array(identity.joined(separator: [0]))),
            source: source, time: now)
    }

    // MARK: Many objects

    /// Prefixes that a summary tells of one by one; the rest come as one.
    static let maximumPrefixes = 100

    private struct Sum {
        var objects: Int64 = 0
        var classes = [Int64](repeating: 0, count: Temperature.allCases.count)
        var chance = 0.0

        mutating func add(_ judgement: Judgement) {
            objects += 1
            for (index, temperature) in Temperature.allCases.enumerated() where temperature == judgement.temperature {
                classes[index] += 1
            }
            chance += judgement.chance
        }

        mutating func add(_ other: Sum) {
            objects += other.objects
            for index in classes.indices { classes[index] += other.classes[index] }
            chance += other.chance
        }

        func write(_ prefix: [UInt8]?, into json: inout JSONWriter) {
            json.beginObject()
            json.bytes("prefix", prefix)
            json.field("objects", objects)
            for (temperature, count) in zip(Temperature.allCases, classes) where count > 0 {
                json.field(temperature.rawValue, count)
            }
            // On average: so much of them will be read.
            json.field("chance_30_days", ForecastEvents.rounded(chance / Double(max(objects, 1)), 4))
            json.endObject()
        }
    }

    /// One event for all.
    func summary(rows: ClosedRange<Int64>) -> Event {
        var sums: [[UInt8]: Sum] = [:]
        for news in part.news { sums[Self.prefix(of: news.key), default: Sum()].add(news.judgement) }
        let sorted = sums.sorted { a, b in
            a.value.objects != b.value.objects
                ? a.value.objects > b.value.objects : a.key.lexicographicallyPrecedes(b.key)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("provider", part.place.provider)
        if !part.place.account.isEmpty { json.field("account", part.place.account) }
        json.field("bucket", part.place.bucket)
        json.field("pattern_type", "temperature")
        json.key("details")
        json.beginObject()
        json.field("objects", Int64(part.news.count))
        json.key("summary")
        json.beginArray()
        for (prefix, sum) in sorted.prefix(Self.maximumPrefixes) { sum.write(prefix, into: &json) }
        if sorted.count > Self.maximumPrefixes {
            var rest = Sum()
            for (_, sum) in sorted.dropFirst(Self.maximumPrefixes) { rest.add(sum) }
            rest.write(nil, into: &json)
        }
        json.endArray()
        json.key("model")
        ForecastSummary(place: part.place, rows: rows, window: part.window, model: part.model).write(into: &json)
        json.endObject()
        json.endObject()
        let identity = "summary \(position) \(rows.lowerBound) \(rows.upperBound) \(part.place.account)"
        return Event(
            id: Identifier.derived(source: source, outsideID: Array(identity.utf8)), source: source,
            type: .patternDetected, time: now, data: json.buffer, key: ByteBuffer(string: part.store.id))
    }

    /// Up to the first slash, with it; empty for a key without one.
    private static func prefix(of key: [UInt8]) -> [UInt8] {
        key.firstIndex(of: UInt8(ascii: "/")).map { Array(key[...$0]) } ?? []
    }

    static func rounded(_ value: Double, _ digits: Int) -> Double {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return (value * scale).rounded() / scale
    }
}

extension Details.Value {
    static func number(_ value: Double, digits: Int) -> Details.Value {
        var json = JSONWriter()
        json.double(ForecastEvents.rounded(value, digits))
        return .raw(json.buffer)
    }
}
