import FluxEvents
import FluxTiering
import NIOCore

/// How hot many objects of a place are, without naming each: the model by which each is judged, by what was folded of its
/// reads up to then. So a fold of the same log comes to the same.
struct ForecastSummary: Sendable, Equatable {
    /// Of what is written; of another, nothing is understood.
    static let version: Int64 = 1
    /// Row ids that one may mean.
    static let maximumRows: Int64 = 10_000

    var place: Place
    /// Row ids.
    var rows: ClosedRange<Int64>
    var window: ForecastWindow
    var model: ForecastModel

    /// `data.details.model`.
    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.field("version", Self.version)
        json.field("first_row", rows.lowerBound)
        json.field("last_row", rows.upperBound)
        json.field("known_from", Timestamp(milliseconds: window.from))
        json.field("known_through", Timestamp(milliseconds: window.through))
        json.key("thresholds")
        json.beginObject()
        for (name, threshold) in [("hot", model.rule.hot), ("warm", model.rule.warm), ("cold", model.rule.cold)] {
            json.key(name)
            json.beginObject()
            json.field("days", threshold.days)
            json.field("chance", threshold.chance)
            json.endObject()
        }
        json.field("hysteresis", model.rule.hysteresis)
        json.endObject()
        json.key("kinds")
        json.beginArray()
        Self.write(model.all, of: nil, into: &json)
        // In one order, so that the same model is the same text.
        let kinds = model.kinds.sorted { $0.key.isBefore($1.key) }
        for (kind, belief) in kinds { Self.write(belief, of: kind, into: &json) }
        json.endArray()
        json.endObject()
    }

    /// That of any object comes without a kind.
    private static func write(_ belief: RateBelief, of kind: ObjectKind?, into json: inout JSONWriter) {
        json.beginObject()
        if let kind {
            json.bytes("folder", kind.folder)
            json.bytes("ending", kind.ending)
        }
        json.field("shape", belief.shape)
        json.field("days", belief.days)
        json.endObject()
    }

    /// Nil where that is not what `write` writes.
    init?(place: Place, model json: JSONValue) {
        guard json["version"]?.int64 == Self.version,
            let first = json["first_row"]?.int64, let last = json["last_row"]?.int64, 1 <= first, first <= last,
            last - first < Self.maximumRows,
            let from = json["known_from"]?.utf8.flatMap({ Timestamp(rfc3339Bytes: $0) }),
            let through = json["known_through"]?.utf8.flatMap({ Timestamp(rfc3339Bytes: $0) }), from <= through,
            let rule = Self.rule(json["thresholds"]), let kinds = json["kinds"], kinds.kind == .array
        else { return nil }
        self.place = place
        rows = first...last
        window = ForecastWindow(from: from.milliseconds, through: through.milliseconds)
        var all: RateBelief?
        var others: [ObjectKind: RateBelief] = [:]
        for entry in kinds.elements {
            guard let belief = Self.belief(entry) else { return nil }
            if entry["folder"] == nil {
                all = belief
            } else {
                guard let folder = ObservationDecoder.name(entry, "folder"),
                    let ending = ObservationDecoder.name(entry, "ending")
                else { return nil }
                others[ObjectKind(folder: folder, ending: ending)] = belief
            }
        }
        guard let all else { return nil }
        model = ForecastModel(all: all, kinds: others, rule: rule)
    }

    init(place: Place, rows: ClosedRange<Int64>, window: ForecastWindow, model: ForecastModel) {
        self.place = place
        self.rows = rows
        self.window = window
        self.model = model
    }

    private static func belief(_ json: JSONValue) -> RateBelief? {
        guard let shape = json["shape"]?.double, let days = json["days"]?.double, shape > 0, shape.isFinite, days > 0,
            days.isFinite
        else { return nil }
        return RateBelief(shape: shape, days: days)
    }

    private static func rule(_ json: JSONValue?) -> TemperatureRule? {
        guard let json, let hot = threshold(json["hot"]), let warm = threshold(json["warm"]),
            let cold = threshold(json["cold"]), let hysteresis = json["hysteresis"]?.double,
            (0..<1).contains(hysteresis)
        else { return nil }
        var rule = TemperatureRule()
        (rule.hot, rule.warm, rule.cold, rule.hysteresis) = (hot, warm, cold, hysteresis)
        return rule
    }

    private static func threshold(_ json: JSONValue?) -> TemperatureRule.Threshold? {
        guard let days = json?["days"]?.double, let chance = json?["chance"]?.double, days > 0, days.isFinite,
            chance > 0, chance < 1
        else { return nil }
        return TemperatureRule.Threshold(days: days, chance: chance)
    }
}

extension ObjectKind {
    fileprivate func isBefore(_ other: ObjectKind) -> Bool {
        folder == other.folder
            ? ending.lexicographicallyPrecedes(other.ending) : folder.lexicographicallyPrecedes(other.folder)
    }
}
