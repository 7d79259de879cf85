import FluxCatalog
import FluxEvents
import FluxTiering

/// Finds the objects that a simulation may play: those whose reads the log holds, and others that the catalogue knows.
struct SimulationCandidates: Sendable {
    let history: HistoryReader
    let catalog: Catalog
    let now: Timestamp

    /// The newest recorded reads that are looked at, and the most other objects.
    private static let maximumReads = 1_000
    private static let maximumOthers = 1_000

    func find() async throws -> [SimulationPlan.Candidate] {
        var found: [ObjectRef: SimulationPlan.Candidate] = [:]
        var query = HistoryQuery()
        query.filter = try Filter("type:\(EventType.download.rawValue)", now: now)
        query.limit = Self.maximumReads
        for stored in try await history.page(query).events {
            guard let object = stored.event.object else { continue }
            found[object, default: SimulationPlan.Candidate(object: object)].reads.append(
                Double(stored.event.time.milliseconds) / 1000)
        }
        let page = try await catalog.objects(
            ObjectQuery(limit: Self.maximumOthers, sort: .lastChange, order: .descending), today: now.day)
        let seen = page.objects.map { object in
            var seen = ReadObservation(from: Double(object.firstSeen.milliseconds) / 86_400_000)
            seen.add(reads: Double(object.accesses.total))
            seen.advance(to: Double(now.milliseconds) / 86_400_000, halfLife: ReadObservation.halfLife)
            return seen
        }
        let prior = PriorFit.fit(seen, wider: .unknown)
        for (object, seen) in zip(page.objects, seen) {
            guard let provider = Provider(rawValue: object.provider) else { continue }
            let reference = ObjectRef(
                provider: provider, account: object.account, bucket: object.bucket, key: object.key)
            found[reference, default: SimulationPlan.Candidate(object: reference)].size = object.size
            found[reference]?.belief = prior.after(seen)
        }
        return Array(found.values)
    }
}
