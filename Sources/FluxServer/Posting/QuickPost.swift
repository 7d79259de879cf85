import FluxAccess
import FluxEvents
import FluxLog
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization

/// Posting events in native form, when nothing is unusual about it. Says nothing about why something is: the ordinary
/// route does, which is asked the same again.
final class QuickPost: Sendable {
    private let api: API
    private let doorkeeper: Doorkeeper
    private let drain: DrainState
    private let requests: MetricCounter
    private let duration: MetricHistogram
    /// The answer up to what differs from one to the next.
    private let beginning: ByteBuffer
    private let date = Mutex((second: Int64(-1), text: ""))

    private static let route = "/api/stream/events"

    /// The longest body. Reading it takes about as long as filling a socket.
    static let maximumBytes = 64 << 10

    init(api: API, doorkeeper: Doorkeeper, drain: DrainState, metrics: RequestMetrics) {
        self.api = api
        self.doorkeeper = doorkeeper
        self.drain = drain
        requests = metrics.requests(route: Self.route, method: "POST", status: 202)
        duration = metrics.duration(route: Self.route)
        var common = Reply.json(AcceptedAnswer.json([], []), status: 202).fields
        SecurityHeaders.add(to: &common, secure: doorkeeper.isSecure)
        let lines = common.map { "\($0.name.rawName): \($0.value)\r\n" }
        beginning = ByteBuffer(string: "HTTP/1.1 202 Accepted\r\n" + lines.joined())
    }

    /// Whether a request may be one of these, by its head.
    func takes(_ head: HTTPRequestHead) -> Bool {
        guard head.method == .POST, head.uri == Self.route, head.version == .http1_1, !drain.isDraining else {
            return false
        }
        var length: Int?
        var isJSON = false
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 6 where Self.equal(name, "expect"): return false
            case 10 where Self.equal(name, "connection"):
                guard Self.equal(value, "keep-alive") else { return false }
            case 12 where Self.equal(name, "content-type"):
                guard !isJSON, Self.equal(value, "application/json") else { return false }
                isJSON = true
            case 14 where Self.equal(name, "content-length"):
                guard length == nil, let count = Int(value) else { return false }
                length = count
            case 16 where Self.equal(name, "content-encoding"): return false
            case 17 where Self.equal(name, "transfer-encoding"): return false
            default:
                // A CloudEvent in binary mode.
                if name.utf8.count > 3, Self.equal(name.prefix(3), "ce-") { return false }
            }
        }
        return isJSON && length.map { $0 > 0 && $0 <= Self.maximumBytes } ?? false
    }

    /// Appends the events; the JSON of the answer when they are on disk, nil where the ordinary route must answer.
    func post(_ head: HTTPRequestHead, _ body: ByteBuffer, _ ends: ConnectionEnds) async -> ByteBuffer? {
        let visit = Doorkeeper.Visit(head, ends, method: .post)
        guard let principal = doorkeeper.admitted(visit, scope: .ingest),
            let records = try? EventIntake.records(native: body, context: api.intakeContext(principal)),
            !records.isEmpty, let appended = try? await api.rooms.events.append(records)
        else { return nil }
        return AcceptedAnswer.json(records, appended)
    }

    /// The whole answer with this body, as it goes out.
    func answer(_ body: ByteBuffer) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(beginning.readableBytes + 128 + body.readableBytes)
        bytes.writeImmutableBuffer(beginning)
        bytes.writeStaticString("Content-Length: ")
        bytes.writeDecimal(Int64(body.readableBytes))
        bytes.writeStaticString("\r\nX-Request-Id: ")
        RequestName.write(to: &bytes)
        bytes.writeStaticString("\r\nDate: ")
        bytes.writeString(dateText())
        bytes.writeStaticString("\r\n\r\n")
        bytes.writeImmutableBuffer(body)
        return bytes
    }

    func count(took: Duration) {
        requests.increment(by: Int64(1))
        duration.record(took)
    }

    /// The time as HTTP writes it (RFC 9110, 5.6.7), made once a second.
    private func dateText() -> String {
        let second = api.configuration.now().milliseconds / 1000
        return date.withLock { known in
            if known.second != second {
                known = (second, HTTPDate.text(Timestamp(milliseconds: second * 1000)))
            }
            return known.text
        }
    }

    /// Whether the text is this, ignoring the case of ASCII letters. `lower` is in lower case.
    private static func equal(_ text: some StringProtocol, _ lower: StaticString) -> Bool {
        guard text.utf8.count == lower.utf8CodeUnitCount else { return false }
        var place = 0
        for byte in text.utf8 {
            let small = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard small == lower.utf8Start[place] else { return false }
            place += 1
        }
        return true
    }
}
