/// The name of an event's type, as CloudFlux writes it: `cloud.upload`, `system.inventory`, or a foreign `com.github.push`.
///
/// In CloudEvents form the types below are `io.cloudflux.NAME.v1`; foreign types go out as they came.
public struct EventType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public var rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public var description: String { rawValue }

    public static let upload = EventType(rawValue: "cloud.upload")
    public static let download = EventType(rawValue: "cloud.download")
    public static let delete = EventType(rawValue: "cloud.delete")
    public static let migrationStarted = EventType(rawValue: "migration.started")
    public static let migrationProgress = EventType(rawValue: "migration.progress")
    public static let migrationCompleted = EventType(rawValue: "migration.completed")
    public static let migrationFailed = EventType(rawValue: "migration.failed")
    public static let prediction = EventType(rawValue: "ml.prediction")
    public static let costAlert = EventType(rawValue: "cost.alert")
    public static let savingsFound = EventType(rawValue: "cost.savings_found")
    public static let patternDetected = EventType(rawValue: "access.pattern_detected")
    public static let inventory = EventType(rawValue: "system.inventory")
    public static let storeAdded = EventType(rawValue: "system.store_added")
    public static let storeRemoved = EventType(rawValue: "system.store_removed")
    public static let storeAway = EventType(rawValue: "system.store_away")
    public static let storeBack = EventType(rawValue: "system.store_back")
    public static let storePaused = EventType(rawValue: "system.store_paused")
    public static let storeResumed = EventType(rawValue: "system.store_resumed")
    public static let watchOverflow = EventType(rawValue: "system.watch_overflow")
    public static let serverStarted = EventType(rawValue: "system.started")
    public static let serverStopping = EventType(rawValue: "system.stopping")

    /// The prefixes that only our own stores and administrators may write.
    public static let reservedPrefixes = ["cloud.", "migration.", "ml.", "cost.", "access.", "system."]

    /// Whether the type belongs to CloudFlux's own vocabulary, and so needs the admin scope when posted from outside.
    public var isReserved: Bool {
        Self.reservedPrefixes.contains { rawValue.hasPrefix($0) }
    }

    private static let cloudEventsPrefix = "io.cloudflux."
    private static let cloudEventsSuffix = ".v1"

    /// The `type` attribute in CloudEvents form.
    public var cloudEventsName: String {
        isReserved ? Self.cloudEventsPrefix + rawValue + Self.cloudEventsSuffix : rawValue
    }

    /// The type that a CloudEvents `type` attribute names: `io.cloudflux.X.v1` becomes `X`, all else is kept.
    public init(cloudEventsName name: String) {
        if name.hasPrefix(Self.cloudEventsPrefix), name.hasSuffix(Self.cloudEventsSuffix),
            name.utf8.count > Self.cloudEventsPrefix.utf8.count + Self.cloudEventsSuffix.utf8.count
        {
            self.init(
                rawValue: String(
                    name.dropFirst(Self.cloudEventsPrefix.count).dropLast(Self.cloudEventsSuffix.count)))
        } else {
            self.init(rawValue: name)
        }
    }
}
