/// How the catalogue is doing.
public enum CatalogState: Sendable, Hashable {
    /// Open, but nobody follows the log yet (`run()` was not called, or has ended).
    case idle
    /// Folding what is between its position and the head.
    case behind(events: Int64)
    /// At the head: what is appended is folded at once.
    case following
    /// Cannot write at the moment (disk full, folder read-only); tries again by itself. Queries are answered.
    case waiting(reason: String)
    /// Stopped for good; a person has to do what the reason says. Queries are answered as of its position.
    case stopped(reason: String)

    /// One word for machines: `idle`, `behind`, `following`, `waiting`, `stopped`.
    public var name: String {
        switch self {
        case .idle: "idle"
        case .behind: "behind"
        case .following: "following"
        case .waiting: "waiting"
        case .stopped: "stopped"
        }
    }

    /// What to tell a person, where there is something to say.
    public var message: String? {
        switch self {
        case .idle, .following: nil
        case .behind(let events): "The catalogue has \(events) events to read until it is up to date."
        case .waiting(let reason), .stopped(let reason): reason
        }
    }
}
