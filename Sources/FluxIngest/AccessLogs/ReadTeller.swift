import FluxEvents
import FluxLog
import FluxStores
import Logging

/// Appends what log files tell of reads, as far as there is room.
struct ReadTeller: Sendable {
    /// Records in one append.
    private static let appendLimit = 1000

    let log: any EventLog
    let known: any KnownObjects
    let options: StoreOptions

    /// Returns when all are on disk. As long as the log has no room it is tried again.
    ///
    /// - Parameters:
    ///   - unfolded: events appended since the catalogue was last waited for.
    ///   - blocked: gets why the log takes nothing, and nil when it does again.
    /// - Returns: `unfolded` from now on.
    func append(
        _ events: [Event], unfolded: Int, blocked: @Sendable (String?) async -> Void
    ) async throws -> Int {
        var unfolded = unfolded
        var rest = events[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(Self.appendLimit)
            do throws(LogError) {
                _ = try await log.append(chunk.map { $0.record() })
            } catch {
                guard error.code == .diskFull || error.code == .io else { throw error }
                await blocked("The log takes nothing: \(error.message) It is tried again; no read is lost.")
                try await Task.sleep(for: options.retryInterval)
                continue
            }
            rest = rest.dropFirst(chunk.count)
            unfolded += chunk.count
            await blocked(nil)
        }
        guard unfolded > options.maximumUnfolded else { return unfolded }
        // Years of logs are read faster than the catalogue folds them, and changes of objects stand behind them there.
        try await known.folded(through: log.bounds().head - 1)
        return 0
    }
}
