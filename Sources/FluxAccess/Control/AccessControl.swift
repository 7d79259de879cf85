import Crypto
import FoundationEssentials
import GRDB
public import Logging
import Synchronization

/// Who may come in: accounts, sessions, tokens, tickets, on `DIR/state.sqlite`.
///
/// `authenticate` asks a copy in memory and is cheap on any thread. Everything that changes something is async and on
/// disk when it returns. Several may be open on one file, in one process or several (the command line beside the
/// server): what one changes, the others know within two seconds.
public final class AccessControl: Sendable {
    public let configuration: AccessConfiguration
    let database: StateDatabase
    let passwords: PasswordQueue
    let now: @Sendable () -> Int64
    let sleep: @Sendable (Int64) async throws -> Void
    let logger: Logger
    let state: Mutex<State>
    private let watcher = Mutex<Task<Void, Never>?>(nil)

    struct State: Sendable {
        var grants = GrantTable()
        var tickets: TicketBook
        var throttle: LoginThrottle
        var missLookups: TokenBucket
        var userCount = 0
        var dataVersion: Int64 = -1
        var lastSave: Int64
        var isClosed = false
        var revocationHandlers: [@Sendable (Set<GrantID>) -> Void] = []
    }

    /// Opens or makes the file; watches it until ``close()``.
    ///
    /// - Parameters:
    ///   - path: `DIR/state.sqlite`. Its folder must exist. The file gets mode 0600.
    ///   - now: The time in milliseconds since 1970.
    /// - Throws: ``AccessError/Code/newerVersion``, ``AccessError/Code/database``.
    public convenience init(
        path: String, configuration: AccessConfiguration = AccessConfiguration(),
        logger: Logger = Logger(label: "cloudflux.access"),
        now: @escaping @Sendable () -> Int64 = AccessControl.systemMilliseconds
    ) throws(AccessError) {
        try self.init(
            path: path, configuration: configuration, logger: logger, now: now,
            sleep: { try await Task.sleep(for: .milliseconds($0)) })
    }

    init(
        path: String, configuration: AccessConfiguration, logger: Logger, now: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Int64) async throws -> Void
    ) throws(AccessError) {
        self.configuration = configuration
        self.logger = logger
        self.now = now
        self.sleep = sleep
        database = try StateDatabase(path: path)
        passwords = PasswordQueue(limit: configuration.maxPasswordQueue)
        state = Mutex(
            State(
                tickets: TicketBook(lifetime: configuration.ticketLifetime, limit: configuration.maxTickets),
                throttle: LoginThrottle(limits: configuration.throttle),
                missLookups: TokenBucket(
                    perSecond: Double(configuration.maxMissLookupsPerSecond),
                    burst: Double(configuration.maxMissLookupsPerSecond)),
                lastSave: now()))
        apply(try database.loadNow())
        startWatching()
    }

    deinit {
        watcher.withLock { $0?.cancel() }
    }

    /// The system clock, in milliseconds since 1970.
    public static let systemMilliseconds: @Sendable () -> Int64 = {
        Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
    }

    /// True once somebody may sign in with a password.
    public var hasAccounts: Bool { state.withLock { $0.userCount > 0 } }

    /// Calls `handler` with the grants that ended (logout, revocation, expiry, a changed password, a lost scope), from
    /// any thread, within two seconds also where another process did it. Streams of these grants must end.
    public func onRevocation(_ handler: @escaping @Sendable (Set<GrantID>) -> Void) {
        state.withLock { $0.revocationHandlers.append(handler) }
    }

    /// Writes what is unsaved and stops watching. Later calls that write fail or are lost; calling twice is harmless.
    public func close() async {
        let first = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard first else { return }
        watcher.withLock { $0?.cancel() }
        await saveUses()
        database.close()
    }

    // MARK: What is in memory follows the file

    /// Takes a load of the database as the truth, and tells who ended.
    func apply(_ loaded: StateDatabase.Loaded) {
        let now = now()
        let (ended, handlers) = state.withLock { state in
            let ended = state.grants.replace(with: loaded.grants, sequence: loaded.sequence, now: now)
            state.userCount = loaded.userCount
            state.dataVersion = max(state.dataVersion, loaded.dataVersion)
            state.tickets.remove(grants: ended)
            return (ended, state.revocationHandlers)
        }
        tell(ended, to: handlers)
    }

    private func tell(_ ended: Set<GrantID>, to handlers: [@Sendable (Set<GrantID>) -> Void]) {
        guard !ended.isEmpty else { return }
        logger.debug("grants ended", metadata: ["count": "\(ended.count)"])
        for handler in handlers { handler(ended) }
    }

    /// One look: changes by others, expiry, and now and then the uses to be written. The watcher calls it every
    /// ``AccessConfiguration/watchInterval``.
    func tick() async {
        do {
            let version = try await database.pool.writeWithoutTransaction(database.dataVersion)
            if state.withLock({ $0.dataVersion }) != version { apply(try database.loadNow()) }
        } catch {
            logger.error("the state file cannot be read", metadata: ["error": "\(database.translate(error))"])
        }
        let now = now()
        let (ended, handlers, save) = state.withLock { state in
            let ended = state.grants.sweep(now: now)
            state.tickets.remove(grants: ended)
            // A clock that went back must not stop the saving.
            let save = abs(now - state.lastSave) >= configuration.saveUsesInterval
            if save { state.lastSave = now }
            return (ended, state.revocationHandlers, save)
        }
        tell(ended, to: handlers)
        if save { await saveUses() }
    }

    private func saveUses() async {
        let uses = state.withLock { $0.grants.takeUnsaved() }
        guard !uses.isEmpty else { return }
        let now = now()
        do {
            try await database.pool.write { db in
                try StateQueries.saveUses(db, uses)
                try StateQueries.deleteExpired(db, now: now)
            }
        } catch {
            logger.warning(
                "when tokens were last used was not saved", metadata: ["error": "\(database.translate(error))"])
        }
    }

    private func startWatching() {
        let interval = configuration.watchInterval
        let task = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(interval))
                guard let self, !Task.isCancelled else { return }
                await self.tick()
            }
        }
        watcher.withLock { $0 = task }
    }

    /// Runs a change and makes it true in memory before it returns.
    func change<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(AccessError) -> T {
        guard !state.withLock({ $0.isClosed }) else {
            throw AccessError(.closed, "The server is stopping. Try again when it runs.")
        }
        let (value, loaded) = try await database.change(body)
        apply(loaded)
        return value
    }
}
