import FluxEvents
import FluxTiering
import FluxTools
import NIOCore

/// Shows how far forecasts came true.
enum BacktestText {
    static func print(_ trace: ReadTrace, _ results: [ForecastBacktest.Result]) throws {
        try Terminal.output(
            "\(trace.objects.count) objects over \(trace.days) days; "
                + "Brier score: 0 is best; calibration: how far chances lie from what came, 0 is best")
        try Terminal.output("")
        try Terminal.table(
            ["READ WITHIN", "FORECASTS", "CAME", "BRIER", "BASE RATE", "LAST 30 DAYS", "CALIBRATION", "LAST 30 DAYS"],
            results.map { result in
                [
                    "\(result.horizon) days", String(result.forecast.count), percent(result.forecast.share),
                    number(result.forecast.brier), number(result.baseRateBrier), number(result.lastMonth.brier),
                    number(result.forecast.calibrationError), number(result.lastMonth.calibrationError),
                ]
            }, right: [1, 2, 3, 4, 5, 6, 7])
        for result in results {
            try Terminal.output("")
            try Terminal.table(
                ["WITHIN \(result.horizon) DAYS", "FORECASTS", "TOLD", "CAME"],
                result.forecast.bins.enumerated().filter { $0.element.count > 0 }.map { place, bin in
                    [
                        "\(place * 10)–\(place * 10 + 10) %", String(bin.count), percent(bin.told), percent(bin.share),
                    ]
                }, right: [1, 2, 3])
        }
    }

    static func json(_ trace: ReadTrace, _ results: [ForecastBacktest.Result], seed: UInt64?) -> String {
        var out = JSONWriter()
        out.object { out in
            out.field("objects", Int64(trace.objects.count))
            out.field("days", Int64(trace.days))
            if let seed { out.field("seed", Int64(clamping: seed)) }
            out.key("horizons")
            out.array { out in for result in results { write(result, &out) } }
        }
        return out.line
    }

    private static func write(_ result: ForecastBacktest.Result, _ out: inout JSONWriter) {
        func field(_ name: String, _ value: Double, _ out: inout JSONWriter) {
            out.key(name)
            out.double((value * 1e6).rounded() / 1e6)
        }
        out.object { out in
            out.field("days", Int64(result.horizon))
            out.field("forecasts", Int64(result.forecast.count))
            field("happened", result.forecast.share, &out)
            field("brier", result.forecast.brier, &out)
            field("brier_base_rate", result.baseRateBrier, &out)
            field("brier_last_30_days", result.lastMonth.brier, &out)
            field("calibration_error", result.forecast.calibrationError, &out)
            field("calibration_error_last_30_days", result.lastMonth.calibrationError, &out)
            out.key("reliability")
            out.array { out in
                for (place, bin) in result.forecast.bins.enumerated() where bin.count > 0 {
                    out.object { out in
                        field("from", Double(place) / 10, &out)
                        out.field("forecasts", Int64(bin.count))
                        field("told", bin.told, &out)
                        field("happened", bin.share, &out)
                    }
                }
            }
        }
    }

    private static func number(_ value: Double) -> String {
        let digits = Int((value * 10_000).rounded())
        let rest = String(digits % 10_000)
        return "\(digits / 10_000)." + String(repeating: "0", count: 4 - rest.count) + rest
    }

    private static func percent(_ share: Double) -> String {
        "\(Int((share * 1000).rounded()) / 10).\(Int((share * 1000).rounded()) % 10) %"
    }
}
