import FluxEvents
import FluxStores

/// What the supervisor needs of a store, whatever it is.
protocol RunningStore: Actor {
    /// What `/api/stores` shows.
    nonisolated var shown: StatusBoard { get }
    /// The store's record as things are now.
    var currentRecord: StoreRecord { get }

    /// Runs until `stop`, or until it cannot go on.
    func run() async
    func stop()
    func setPaused(_ value: Bool)
    /// Shows that it cannot go on, and why.
    func fail(_ why: String)
    /// Compares everything now.
    func retry()
    /// A person says that what is seen is right.
    func confirm() throws(IngestError)
    /// What the server says about the store.
    nonisolated func notice(_ type: EventType, details: Details, user: String?) -> Event
}
