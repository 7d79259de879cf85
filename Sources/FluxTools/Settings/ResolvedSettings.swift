/// Where a value comes from.
public enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    case flag
    case environment(String)
    case file(path: String, line: Int)
    case standard

    public var description: String {
        switch self {
        case .flag: "command line"
        case .environment(let name): "environment \(name)"
        case .file(let path, let line): "\(path):\(line)"
        case .standard: "default"
        }
    }
}

/// The effective settings: every value was checked against its kind when they were resolved.
public struct ResolvedSettings: Sendable {
    public struct Entry: Sendable {
        public var setting: Setting
        public var texts: [String]
        public var origin: SettingOrigin
    }

    /// In the order of `Setting.all`; one for each.
    public internal(set) var entries: [Entry]
    /// What was odd, but stops nothing: unknown names in the environment.
    public internal(set) var warnings: [String]

    public func entry(_ name: String) -> Entry? {
        entries.first { $0.setting.name == name }
    }

    public func text(_ name: String) -> String? { entry(name)?.texts.first }
    public func texts(_ name: String) -> [String] { entry(name)?.texts ?? [] }
    public func milliseconds(_ name: String) -> Int64? { text(name).flatMap(SettingValue.milliseconds) }
    public func bytes(_ name: String) -> Int64? { text(name).flatMap(SettingValue.bytes) }
    public func count(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
    public func percent(_ name: String) -> Double? { text(name).flatMap(SettingValue.percent) }
    public func dollars(_ name: String) -> Double? { text(name).flatMap(SettingValue.dollars) }
    public func boolean(_ name: String) -> Bool { text(name).flatMap(SettingValue.boolean) ?? false }
    public func address(_ name: String) -> (host: String, port: Int)? { text(name).flatMap(SettingValue.address) }
}

extension ResolvedSettings.Entry {
    /// The value as it may be shown: users and passwords of a URL, and parameters that could be secrets, are masked.
    public var shownTexts: [String] {
        texts.map { setting.kind == .storeURL || $0.contains("://") ? Self.masked($0) : $0 }
    }

    private static func masked(_ url: String) -> String {
        guard let question = url.firstIndex(of: "?") else { return maskedUserInfo(url) }
        let parameters = url[url.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
            .map { parameter -> String in
                let name = parameter.prefix { $0 != "=" }
                let lowered = name.lowercased()
                let secret = ["key", "secret", "token", "sig", "password", "credential"].contains {
                    lowered.contains($0)
                }
                return secret ? "\(name)=***" : String(parameter)
            }
        return maskedUserInfo(String(url[..<question])) + "?" + parameters.joined(separator: "&")
    }

    private static func maskedUserInfo(_ url: String) -> String {
        guard let separator = url.firstRange(of: "://"), let at = url[separator.upperBound...].firstIndex(of: "@"),
            !url[separator.upperBound..<at].contains("/")
        else { return url }
        return url[..<separator.upperBound] + "***" + url[at...]
    }
}
