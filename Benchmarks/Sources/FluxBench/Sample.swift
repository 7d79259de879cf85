import FluxEvents
import FluxLog
import NIOCore

/// The event that every part measures with: 150 bytes of `data`, one object an event.
enum Sample {
    static let bucket = "/srv/reports"
    static let source = "file:///srv/reports"
    static let dataBytes = 150
    /// 2026-11-01T00:00:00Z
    private static let begin: Int64 = 1_793_491_200_000

    /// The key of the object that event `number` is about. Words of several frequencies, for searches: every key holds
    /// “report”, one in 1,000 “audit”, one in all `needle-5000`.
    static func key(_ number: Int) -> String {
        let folder = number % 1_000 == 7 ? "audit" : "q\(number % 4 + 1)"
        return "\(folder)/2026-\(scattered(number) % 12 + 1)/report-\(number == 5_000 ? "needle-" : "")\(number).pdf"
    }

    /// Spreads sizes and times, so that no sort is the order of arrival.
    private static func scattered(_ number: Int) -> Int {
        Int((UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15) >> 33)
    }

    static func record(_ number: Int) -> Record {
        let spread = scattered(number)
        let object = ObjectRef(provider: .file, bucket: bucket, key: Array(key(number).utf8))
        var data = ObjectEventData(object: object, operation: "create", sizeBytes: Int64(spread % 9_000_000_000))
        let missing = dataBytes - data.data().readableBytes - 9
        if missing > 0 { data.etag = String(repeating: "e", count: max(1, missing)) }
        let id = String(number)
        return data.event(
            .upload, id: "evt_" + String(repeating: "0", count: 26 - id.utf8.count) + id, source: source,
            time: Timestamp(milliseconds: begin + Int64(spread % 2_000_000_000))
        ).record()
    }

    /// The same record with an id of its own, so that it is no duplicate: making an event is not the log's work.
    static func numbered(_ template: Record, _ number: Int) -> Record {
        var headers = Array(template.headers)
        if let id = headers.firstIndex(where: { $0.name == "ce_id" }) {
            headers[id].value = ByteBuffer(string: "evt_" + String(1_000_000_000_000_000 + number))
        }
        return Record(key: template.key, value: template.value, headers: headers)
    }

    static func open(_ directory: String) throws -> EmbeddedLog {
        var configuration = EmbeddedLogConfiguration()
        configuration.identify = { RecordIdentity.hash(of: $0, key: $1) }
        return try EmbeddedLog.open(directory: directory, configuration: configuration, logger: quiet)
    }
}
