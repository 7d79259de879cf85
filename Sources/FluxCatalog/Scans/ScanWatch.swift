import FluxEvents
import FluxLog
import FluxStores
import FluxTiering
import Logging
import NIOCore

/// Looks for scans in what was read lately, and tells the log of those it finds: the fold, which comes by the event like
/// everybody, then takes their reads apart from the others.
///
/// Only at the log's head: what is folded again has its verdicts in the log already.
struct ScanWatch: Sendable {
    private let catalog: Catalog
    private let log: any EventLog
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let rule = ScanRule()

    /// - Parameter log: the topic of real events.
    init(
        catalog: Catalog, log: any EventLog, now: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
        logger: Logger
    ) {
        self.catalog = catalog
        self.log = log
        self.now = now
        self.logger = logger
    }

    /// Tells of the scans that are there now; how many.
    func look() async throws -> Int {
        let rule = rule
        let (found, position) = try await catalog.read("Looking for scans") {
            (try ScanCandidates($0, rule).find(), try CatalogPosition.read($0)?.position ?? 0)
        }
        guard !found.isEmpty else { return 0 }
        let now = now()
        _ = try await log.append(found.map { $0.event(now: now, position: position).record() })
        for scan in found {
            logger.info(
                "a scan was recognised",
                metadata: [
                    "store": "\(scan.storeURL)", "requester": "\(scan.requester)", "objects": "\(scan.objects)",
                ])
        }
        return found.count
    }
}

extension ScanCandidates.Found {
    /// The verdict. Its id is derived, so that one that is told twice is kept once.
    ///
    /// - Parameter position: of the fold that it was found in. The same scan may be found anew once its store was removed.
    func event(now: Timestamp, position: Int64) -> Event {
        let source = StoreURL.source(of: storeURL)
        let (first, last) = (Self.text(days.lowerBound), Self.text(days.upperBound))
        var json = JSONWriter()
        json.beginObject()
        json.field("provider", place.provider)
        if !place.account.isEmpty { json.field("account", place.account) }
        json.field("bucket", place.bucket)
        json.field("pattern_type", "scan")
        json.field("access_count", reads)
        json.key("details")
        json.beginObject()
        json.field("requester", requester)
        json.bytes("prefix", prefix)
        json.field("first_day", first)
        json.field("last_day", last)
        json.field("objects", Int64(objects))
        json.endObject()
        json.endObject()
        let identity = [
            Array("scan \(position)".utf8), Array(requester.utf8), prefix, Array(first.utf8), Array(last.utf8),
        ]
        return Event(
            id: Identifier.derived(source: source, outsideID: Array(identity.joined(separator: [0]))), source: source,
            type: .patternDetected, time: now, data: json.buffer, key: ByteBuffer(string: store))
    }

    private static func text(_ day: Int32) -> String {
        String(Timestamp(milliseconds: Int64(day) * 86_400_000).rfc3339.prefix(10))
    }
}
