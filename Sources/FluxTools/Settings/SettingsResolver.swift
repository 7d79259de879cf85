import FluxEvents
import Glibc
import Yams

/// Puts the layers together: flags over environment over file over defaults. Pure; its caller reads the file.
public enum SettingsResolver {
    /// The largest configuration file that is read.
    public static let maximumFileBytes = 1_048_576

    /// A configuration file that was read.
    public struct File: Sendable {
        public var path: String
        public var text: String

        public init(path: String, text: String) {
            self.path = path
            self.text = text
        }

        /// - Throws: `ToolError` with code `file`: there is none, it may not be read, it is too large.
        public init(reading path: String) throws(ToolError) {
            guard access(path, F_OK) == 0 else {
                throw ToolError(
                    .file,
                    "there is no configuration file \(path); name one with --config or CLOUDFLUX_CONFIG, or leave both out"
                )
            }
            guard access(path, R_OK) == 0 else {
                throw ToolError(
                    .file,
                    "the configuration file \(path) cannot be read: \(String(cString: strerror(errno))). Check its rights"
                )
            }
            guard let bytes = FileBytes.read(path, limit: maximumFileBytes) else {
                throw ToolError(
                    .file,
                    "the configuration file \(path) is no file, or is larger than \(maximumFileBytes) bytes; name a YAML "
                        + "file")
            }
            self.init(path: path, text: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Resolves every setting.
    ///
    /// - Parameters:
    ///   - flags: what the command line gave, by setting name.
    ///   - environment: all variables; those that begin with `CLOUDFLUX_` count.
    ///   - file: the configuration file, if one was named.
    /// - Throws: `ToolError` with code `settings` that names the value, where it stands and what would be right.
    public static func resolve(
        flags: [String: [String]], environment: [String: String], file: File?
    ) throws(ToolError) -> ResolvedSettings {
        let fromFile = try file.map(read) ?? [:]
        var entries: [ResolvedSettings.Entry] = []
        for setting in Setting.all {
            let entry: ResolvedSettings.Entry
            if let given = flags[setting.name], !given.isEmpty {
                entry = .init(setting: setting, texts: given, origin: .flag)
            } else if let given = environment[setting.environmentName], !given.isEmpty {
                // An expression has blanks, so presets are parted by line ends.
                let separator: Character = setting.kind == .filterPreset ? "\n" : " "
                let texts = setting.repeats ? given.split(separator: separator).map(String.init) : [given]
                entry = .init(setting: setting, texts: texts, origin: .environment(setting.environmentName))
            } else if let given = fromFile[setting.name] {
                entry = given
            } else {
                entry = .init(setting: setting, texts: setting.standard.map { [$0] } ?? [], origin: .standard)
            }
            for text in entry.texts {
                if let complaint = SettingValue.complaint(text, kind: setting.kind) {
                    let shown = entry.setting.kind == .storeURL ? "" : " “\(text.prefix(80))”"
                    throw ToolError(.settings, "\(setting.name) (\(entry.origin)):\(shown) \(complaint)")
                }
            }
            entries.append(entry)
        }
        return ResolvedSettings(entries: entries, warnings: warnings(environment))
    }

    /// Names of our own that the environment may hold besides settings.
    private static let otherNames: Set<String> = ["CLOUDFLUX_CONFIG", "CLOUDFLUX_SERVER", "CLOUDFLUX_TOKEN"]

    private static func warnings(_ environment: [String: String]) -> [String] {
        let known = Setting.all.map(\.environmentName)
        return environment.keys.sorted().filter {
            $0.hasPrefix("CLOUDFLUX_") && !known.contains($0) && !otherNames.contains($0)
        }.map { name in
            let hint = Suggestion.nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
            return "the environment variable \(name) is no setting and is ignored\(hint)"
        }
    }

    private static func read(_ file: File) throws(ToolError) -> [String: ResolvedSettings.Entry] {
        let root: Node?
        do {
            root = try Yams.compose(yaml: file.text)
        } catch {
            throw ToolError(.settings, "\(file.path)\(words(error, in: file.text))", underlying: error)
        }
        guard let root, root != Node("", Tag(.null)) else { return [:] }
        guard case .mapping(let mapping) = root else {
            throw ToolError(.settings, "\(file.path) must hold `name: value` lines at its top level")
        }
        var found: [String: ResolvedSettings.Entry] = [:]
        for (key, value) in mapping {
            let line = key.mark?.line ?? 1
            guard let name = key.scalar?.string else {
                throw ToolError(.settings, "\(file.path):\(line): a key must be a plain name")
            }
            guard let setting = Setting.named(name) else {
                let hint = Suggestion.nearest(to: name, among: Setting.all.map(\.name)).map { "; did you mean \($0)?" }
                throw ToolError(.settings, "\(file.path):\(line): there is no setting “\(name)”\(hint ?? "")")
            }
            guard found[name] == nil else {
                throw ToolError(.settings, "\(file.path):\(line): \(name) stands twice; keep one")
            }
            let texts = try values(value, of: setting, at: "\(file.path):\(line)")
            found[name] = .init(setting: setting, texts: texts, origin: .file(path: file.path, line: line))
        }
        return found
    }

    /// The parser's words, which go over several lines, as one sentence behind the file's name.
    private static func words(_ error: any Error, in text: String) -> String {
        switch error as? YamlError {
        case .duplicatedKeysInMapping(let duplicates, _):
            // The parser tells only where the whole mapping begins.
            let name = duplicates.min() ?? ""
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let second = lines.indices.filter { lines[$0].hasPrefix(name + ":") }.dropFirst().first
            return "\(second.map { ":\($0 + 1)" } ?? ""): \(name) stands twice; keep one"
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let said = problem.split(whereSeparator: \.isNewline).first.map(String.init) ?? "it cannot be read"
            return ":\(mark.line):\(mark.column): this is not valid YAML: \(said)"
        default: return " is not valid YAML; write one `name: value` a line"
        }
    }

    private static func values(_ node: Node, of setting: Setting, at place: String) throws(ToolError) -> [String] {
        switch node {
        case .scalar(let scalar):
            return [scalar.string]
        case .sequence(let sequence):
            guard setting.repeats else {
                throw ToolError(.settings, "\(place): \(setting.name) takes one value, not a list")
            }
            var texts: [String] = []
            for item in sequence {
                guard case .scalar(let scalar) = item else {
                    throw ToolError(.settings, "\(place): \(setting.name) takes a list of plain values")
                }
                texts.append(scalar.string)
            }
            return texts
        default:
            throw ToolError(
                .settings,
                "\(place): \(setting.name) takes a plain value\(setting.repeats ? ", or a list of plain values" : "")")
        }
    }
}
