/// One named setting of `cloudflux serve`: what it is called, what it takes, and what holds when nobody says anything.
///
/// A setting `some-name` is `--some-name` on the command line, `CLOUDFLUX_SOME_NAME` in the environment and
/// `some-name:` in the configuration file.
public struct Setting: Sendable, Hashable {
    /// What values a setting takes.
    public enum Kind: Sendable, Hashable {
        case text
        case path
        /// `HOST:PORT`; an IPv6 host stands in brackets; port 0 picks a free one.
        case address
        /// `500ms`, `1s`, `5m`, `2h`, `90d`, at least so many milliseconds, or `none` where that is allowed.
        case duration(atLeast: Int64, optional: Bool)
        /// A number of bytes, with `KB MB GB TB` (powers of 1000) or `KiB MiB GiB TiB` (of 1024), or `none`.
        case bytes(ClosedRange<Int64>, optional: Bool)
        case count(ClosedRange<Int>)
        /// 0–100, with or without `%`.
        case percent
        /// More than 0 and less than 100, with or without `%`.
        case chance
        /// US dollars, 0–1,000,000, with or without ` USD` behind them.
        case dollars
        case boolean
        case choice([String])
        case storeURL
        /// `NAME=EXPRESSION`: a filter under a name.
        case filterPreset
    }

    public var name: String
    public var kind: Kind
    /// The value as one would write it, or nil where there is none.
    public var standard: String?
    /// Whether it may be given several times (a list in the file, values parted by blanks in the environment).
    public var repeats: Bool
    public var help: String

    init(_ name: String, _ kind: Kind, default standard: String? = nil, repeats: Bool = false, _ help: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.repeats = repeats
        self.help = help
    }

    /// The variable of the environment that gives it.
    public var environmentName: String {
        "CLOUDFLUX_" + name.uppercased().replacing("-", with: "_")
    }
}
