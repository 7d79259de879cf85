/// How a folder is watched.
public struct FolderOptions: Sendable, Hashable {
    /// What is left out.
    public var rules: IgnoreRules
    /// Whether other file systems mounted below the root belong to the store.
    public var entersMounts: Bool
    /// Folders that never belong to a store, whatever the rules say: the data folder.
    public var excluded: Set<FileIdentity>
    public var burst: BurstLimits
    /// How often everything is compared though nothing called for it; nil: as the file system needs it.
    public var interval: Duration?

    public init(
        rules: IgnoreRules = IgnoreRules(), entersMounts: Bool = false, excluded: Set<FileIdentity> = [],
        burst: BurstLimits = BurstLimits(), interval: Duration? = nil
    ) {
        self.rules = rules
        self.entersMounts = entersMounts
        self.excluded = excluded
        self.burst = burst
        self.interval = interval
    }

    /// The parameters that a `file://` URL may have.
    public static let parameterNames = ["ignore", "defaults", "hidden", "mounts", "interval"]
    /// The shortest interval of comparisons.
    public static let minimumInterval = Duration.seconds(1)

    /// Reads the parameters of a `file://` URL:
    ///
    /// - `ignore=PATTERN`, repeatable: left out, gitignore syntax, after the default patterns.
    /// - `defaults=0`: without the default patterns (`IgnoreRules.defaults`).
    /// - `hidden=0`: without files and folders whose name starts with a dot.
    /// - `mounts=1`: also what other file systems mounted below hold.
    /// - `interval=1h`: compare everything so often.
    public init(
        url: StoreURL, excluded: Set<FileIdentity> = [], burst: BurstLimits = BurstLimits()
    ) throws(StoreError) {
        for parameter in url.parameters where !Self.parameterNames.contains(parameter.name) {
            throw StoreError(
                code: .badParameter,
                message: "A folder store has no parameter “\(parameter.name)”; it has "
                    + "\(Self.parameterNames.joined(separator: ", ")).")
        }
        var patterns: [String] = []
        if try !Self.flag("hidden", in: url, default: true) { patterns.append(".*") }
        if try Self.flag("defaults", in: url, default: true) { patterns += IgnoreRules.defaults }
        self.init(
            rules: try IgnoreRules(patterns + url.values("ignore")),
            entersMounts: try Self.flag("mounts", in: url, default: false), excluded: excluded, burst: burst)
        interval = try StoreURL.interval(in: url, atLeast: Self.minimumInterval)
    }

    private static func flag(
        _ name: String, in url: StoreURL, default fallback: Bool
    ) throws(StoreError) -> Bool {
        switch url.values(name).last {
        case nil: return fallback
        case "0": return false
        case "1": return true
        case .some(let other):
            throw StoreError(code: .badParameter, message: "\(name)=\(other) is neither \(name)=0 nor \(name)=1.")
        }
    }

    static func duration(_ text: String) -> Duration? {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            if let number = UInt32(text.dropLast(unit.count)) { return .seconds(Double(number) * seconds) }
        }
        return nil
    }
}
