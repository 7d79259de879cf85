import Glibc

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

    /// Whether the type belongs to CloudFlux's own vocabulary.
    public var isReserved: Bool {
        Self.reservedPrefixes.contains { rawValue.hasPrefix($0) }
    }

    /// The same of a type's bytes, on the way of every event.
    static func isReserved(_ name: UnsafeRawBufferPointer) -> Bool {
        @inline(__always) func begins(_ prefix: StaticString) -> Bool {
            guard name.count >= prefix.utf8CodeUnitCount, let base = name.baseAddress else { return false }
            return memcmp(base, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
        }
        return begins("cloud.") || begins("migration.") || begins("ml.") || begins("cost.") || begins("access.")
            || begins("system.")
    }

    /// Whether filters, which ignore case, could take the type for one of CloudFlux's own: it needs the admin scope when
    /// posted from outside.
    var looksReserved: Bool {
        let name = rawValue.lowercased()
        return Self.reservedPrefixes.contains { name.hasPrefix($0) }
    }

    private static let cloudEventsPrefix = "io.cloudflux."
    private static let cloudEventsSuffix = ".v1"

    /// The `type` attribute in CloudEvents form.
    public var cloudEventsName: String {
        isReserved ? Self.cloudEventsPrefix + rawValue + Self.cloudEventsSuffix : rawValue
    }

    /// The type that a CloudEvents `type` attribute names: `io.cloudflux.X.v1` becomes `X`, all else is kept.
    ///
    /// Unwrapped as long as there is something to unwrap, so that no name from outside comes back from the log as
    /// another type than the one that was checked.
    public init(cloudEventsName name: String) {
        var rest = Substring(name)
        while rest.hasPrefix(Self.cloudEventsPrefix), rest.hasSuffix(Self.cloudEventsSuffix),
            rest.utf8.count > Self.cloudEventsPrefix.utf8.count + Self.cloudEventsSuffix.utf8.count
        {
            rest = rest.dropFirst(Self.cloudEventsPrefix.count).dropLast(Self.cloudEventsSuffix.count)
        }
        self.init(rawValue: String(rest))
    }

    /// The longest name (characters).
    public static let maximumLength = 256

    /// Whether the name is one: a letter or digit, then letters, digits and `. _ / -`, at most 256 characters.
    public var isWellFormed: Bool {
        let bytes = rawValue.utf8
        guard let first = bytes.first, bytes.count <= Self.maximumLength, Self.isLetterOrDigit(first) else {
            return false
        }
        return bytes.allSatisfy { Self.isLetterOrDigit($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2F || $0 == 0x2D }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
