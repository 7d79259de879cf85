import NIOCore

/// `log/meta.json`: the format's version, the epoch, the epochs that it continues, and the key of the duplicate window.
struct LogMeta: Sendable, Equatable {
    static let fileName = "meta.json"
    /// How many earlier epochs are remembered.
    static let maximumAncestors = 16

    /// An earlier epoch of the same log.
    struct Ancestor: Sendable, Equatable {
        var epoch: UInt64
        /// Of each topic: every record below this offset is the same in both, or was lost to damage.
        var heads: [String: Int64]
    }

    var format = LogFormat.version
    var epoch: UInt64
    var dedupKey: (UInt64, UInt64)
    /// The newest first.
    var ancestors: [Ancestor] = []

    static func == (a: LogMeta, b: LogMeta) -> Bool {
        a.format == b.format && a.epoch == b.epoch && a.dedupKey == b.dedupKey && a.ancestors == b.ancestors
    }

    static func fresh() -> LogMeta {
        var random = SystemRandomNumberGenerator()
        return LogMeta(epoch: Self.newEpoch(), dedupKey: (random.next(), random.next()))
    }

    static func newEpoch() -> UInt64 {
        UInt64.random(in: 1...UInt64.max)
    }

    /// The same log in a new epoch, which goes on from these heads.
    func next(heads: [String: Int64]) -> LogMeta {
        let earlier = self.ancestors.map { ancestor in
            Ancestor(
                epoch: ancestor.epoch,
                heads: ancestor.heads.reduce(into: [:]) { $0[$1.key] = min($1.value, heads[$1.key] ?? 0) })
        }
        var next = self
        next.epoch = Self.newEpoch()
        next.ancestors = Array(([Ancestor(epoch: self.epoch, heads: heads)] + earlier).prefix(Self.maximumAncestors))
        return next
    }

    var text: String {
        let continues = self.ancestors.map { ancestor in
            let heads = ancestor.heads.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return Self.hex(ancestor.epoch) + ":" + heads.joined(separator: ",")
        }
        return """
            {"format": \(self.format), "epoch": "\(Self.hex(self.epoch))", \
            "dedup_key": "\(Self.hex(self.dedupKey.0))\(Self.hex(self.dedupKey.1))"\
            \(continues.isEmpty ? "" : ", \"continues\": \"\(continues.joined(separator: ";"))\"")}

            """
    }

    /// Reads what `text` writes. Only the version is asked of a file that a newer version wrote.
    init(text: String, path: String) throws(LogError) {
        guard let version = Self.value(of: "format", in: text).flatMap({ Int($0) }) else {
            throw Self.broken(path, "has no format version")
        }
        guard version <= LogFormat.version else {
            throw LogError(
                .newerVersion,
                "\(path) says format \(version), this version reads up to \(LogFormat.version): use the version of "
                    + "cloudflux that wrote this data folder, or a newer one")
        }
        guard let epoch = Self.value(of: "epoch", in: text).flatMap({ UInt64($0, radix: 16) }),
            let key = Self.value(of: "dedup_key", in: text), key.utf8.count == 32,
            let high = UInt64(key.prefix(16), radix: 16), let low = UInt64(key.suffix(16), radix: 16)
        else {
            throw Self.broken(path, "can't be understood")
        }
        self.init(format: version, epoch: epoch, dedupKey: (high, low))
        self.ancestors = Self.string(of: "continues", in: text)?.split(separator: ";").compactMap(Self.ancestor) ?? []
    }

    private static func broken(_ path: String, _ what: String) -> LogError {
        LogError(
            .damaged,
            "\(path) \(what): restore it from a backup, or run `cloudflux log repair`, which sets it aside and begins a "
                + "new epoch", file: path, position: 0)
    }

    /// Nil for what this version does not understand: then that epoch is not continued, and nothing else is lost.
    private static func ancestor(_ text: Substring) -> Ancestor? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = UInt64(parts[0], radix: 16) else { return nil }
        var heads: [String: Int64] = [:]
        for item in parts[1].split(separator: ",") {
            let pair = item.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let head = Int64(pair[1]), head >= 0 else { return nil }
            heads[String(pair[0])] = head
        }
        return Ancestor(epoch: epoch, heads: heads)
    }

    init(format: Int = LogFormat.version, epoch: UInt64, dedupKey: (UInt64, UInt64)) {
        self.format = format
        self.epoch = epoch
        self.dedupKey = dedupKey
    }

    static func load(
        _ directory: String, _ files: any FileSystem, unreadable: (FileFailure) -> LogError
    ) throws(LogError) -> LogMeta? {
        let path = directory + "/" + Self.fileName
        let buffer: ByteBuffer?
        do throws(FileFailure) {
            buffer = try files.readWhole(path, limit: 64 << 10)
        } catch {
            throw unreadable(error)
        }
        return try buffer.map { (buffer) throws(LogError) in try LogMeta(text: String(buffer: buffer), path: path) }
    }

    func store(_ directory: String, _ files: any FileSystem) throws(FileFailure) {
        try files.replace(Self.fileName, in: directory, with: Array(self.text.utf8))
    }

    /// An epoch as every file and report of the log spells it.
    static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The text of a member of this one flat object: a number's digits, or what stands in quotes.
    private static func value(of name: String, in text: String) -> String? {
        guard let found = text.firstRange(of: "\"\(name)\"") else { return nil }
        let rest = text[found.upperBound...].drop { $0 == ":" || $0.isWhitespace || $0 == "\"" }
        let value = rest.prefix { $0.isHexDigit }
        return value.isEmpty ? nil : String(value)
    }

    /// What stands in quotes behind a member's name.
    private static func string(of name: String, in text: String) -> Substring? {
        guard let found = text.firstRange(of: "\"\(name)\": \"") else { return nil }
        return text[found.upperBound...].prefix { $0 != "\"" }
    }
}
