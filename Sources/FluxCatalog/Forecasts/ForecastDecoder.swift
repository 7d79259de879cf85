import FluxEvents
import FluxTiering

/// Takes out of `access.pattern_detected` and `ml.prediction` what they say of how hot objects are. Pure.
enum ForecastDecoder {
    /// Nothing, where they say nothing of that; nil where it cannot be understood.
    ///
    /// - Parameters:
    ///   - isPattern: it is `access.pattern_detected`.
    ///   - time: of the event.
    ///   - object: the object that it means.
    static func observation(
        _ data: JSONValue, isPattern: Bool, time: Int64, object: () -> ObjectFacts?
    ) -> Observation? {
        if isPattern, let model = data["details"]?["model"], model["first_row"] != nil {
            guard model["version"]?.int64 == ForecastSummary.version else { return Observation.none }
            return ObservationDecoder.place(data).flatMap { ForecastSummary(place: $0, model: model) }
                .map(Observation.summary)
        }
        guard data["file_name"] != nil else { return Observation.none }
        guard let object = object() else { return nil }
        let details = data["details"]
        let told =
            if isPattern || details?["horizon_days"]?.double == ForecastModel.horizon {
                ToldForecast(
                    temperature: data["data_temperature"]?.string.flatMap(Temperature.init(rawValue:)),
                    confidence: share(data["confidence"]),
                    chance: share(isPattern ? details?["chance_30_days"] : data["predicted_value"]),
                    rate: rate(details?["reads_per_day"]), at: time)
            } else {
                // A chance within other days is none that is kept.
                ToldForecast(temperature: nil, confidence: nil, chance: nil, rate: nil, at: time)
            }
        guard told.temperature != nil || told.chance != nil || told.rate != nil else { return Observation.none }
        return .forecast(ForecastFacts(object: object, told: told))
    }

    private static func share(_ value: JSONValue?) -> Double? {
        value?.double.flatMap { (0...1).contains($0) ? $0 : nil }
    }

    private static func rate(_ value: JSONValue?) -> Double? {
        value?.double.flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
    }
}
