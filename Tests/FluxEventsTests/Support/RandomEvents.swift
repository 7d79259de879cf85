import FluxTesting
import NIOCore

@testable import FluxEvents

/// Events with everything in them that makes an envelope differ from a mere copy.
enum RandomEvents {
    /// Text that needs escapes, text that needs none, and what lies at the limits of either, at every place of a word.
    private static let texts = [
        "plain", "", "a b", "\u{7F}", "\u{1F}", "quo\"te", "back\\slash", "é", "😀", "io.cloudflux.cloud.upload.v1",
        "~!", "12345678", "1234567\"", "12345678\\", "exactly sixteen.", "exactly sixteen\u{1}",
        "a much longer text, é",
        "\u{0}", "\r\n", "\u{2028}", "seven77\u{7F}", "comma, comma",
    ]
    private static let types = [
        "com.example.bench", "cloud.upload", "system.inventory", "io.cloudflux..v1", "io.cloudflux.com.example.v1",
        "clouds", "migration.started", "io.cloudflux.io.cloudflux.cloud.upload.v1.v1", "ml.prediction", "ml",
        "cost.alert",
        "access.pattern_detected", "system.started", "accessory", "io.cloudflux.system.inventory.v1",
    ]
    private static let data = [
        "{}", #"{"a":"b"}"#, "null", "[]", #""\u00e9é\ud83d\ude00""#, #"{"file_name":"a,\"b\"\\n"}"#, "",
        #"{"n":"\#(String(repeating: "x", count: 70_000))"}"#,
    ]
    private static let times: [Int64] = [
        0, 951_782_399_999, 951_782_400_000, 1_709_164_800_000, 253_402_300_799_999, 4_102_444_799_999,
    ]

    static func event(_ random: inout SeededRandom) -> Event {
        func text(_ random: inout SeededRandom) -> String {
            // Most are as most are in a log: plain.
            random.chance(3) ? random.pick(texts) : "plain-\(Int.random(in: 0...999, using: &random))"
        }
        let time =
            random.chance(8)
            ? random.pick(times) : Int64.random(in: 1_795_410_000_000...1_795_590_000_000, using: &random)
        var extensions: [EventExtension] = []
        if random.chance(8) {
            extensions = [
                EventExtension(name: "x", value: .string(text(&random))),
                EventExtension(name: "n", value: .integer(-7)), EventExtension(name: "b", value: .boolean(true)),
            ]
        }
        if random.chance(20) {
            extensions.append(
                EventExtension(name: "datacontenttype", value: .string("application/cloudevents+json")))
        }
        return Event(
            id: text(&random), source: text(&random), type: EventType(rawValue: random.pick(types)),
            subject: random.chance(2) ? text(&random) : nil, time: Timestamp(milliseconds: time),
            correlationID: random.chance(2) ? text(&random) : nil, userID: random.chance(2) ? text(&random) : nil,
            extensions: extensions,
            data: buffer(random.chance(30) ? random.pick(data) : random.pick(Array(data.dropLast()))),
            key: buffer("key"))
    }

    static func stored(_ random: inout SeededRandom) -> StoredRecord {
        StoredRecord(
            partition: 3,
            offset: Int64.random(in: 0...Int64.max >> Int64.random(in: 1...62, using: &random), using: &random),
            recordedAt: Timestamp(milliseconds: 1_795_410_680_640 + Int64.random(in: 0...2, using: &random)),
            record: event(&random).record())
    }
}
