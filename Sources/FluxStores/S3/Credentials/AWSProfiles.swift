/// The two files in which the AWS command line and all SDKs keep profiles, `~/.aws/config` and `~/.aws/credentials`.
///
/// A comment has a line of its own; behind a value it would be part of it, as for botocore.
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". Pure.
public struct AWSProfiles: Sendable {
    /// A profile's settings: names in lower case; those of a nested section (`s3 =` and indented lines) as `s3.name`.
    public typealias Settings = [String: String]

    /// What the config file says, by profile.
    public private(set) var config: [String: Settings] = [:]
    /// What the credentials file says, by profile.
    public private(set) var credentials: [String: Settings] = [:]

    /// - Parameters:
    ///   - config: the text of `~/.aws/config`, nil where there is none.
    ///   - credentials: that of `~/.aws/credentials`.
    public init(config: String?, credentials: String?) {
        for section in Self.sections(config ?? "") {
            guard let name = Self.profile(ofConfigSection: section.name) else { continue }
            // Of `[default]` and `[profile default]` the second counts, wherever it stands.
            if name == "default", section.name == "default", hasProfileDefault { continue }
            if section.name != "default", name == "default", !hasProfileDefault {
                hasProfileDefault = true
                self.config[name] = nil
            }
            self.config[name, default: [:]].merge(section.settings) { $1 }
        }
        for section in Self.sections(credentials ?? "") {
            self.credentials[section.name, default: [:]].merge(section.settings) { $1 }
        }
    }

    private var hasProfileDefault = false

    /// Everything that is said of a profile; the credentials file comes before the config file. Nil where neither knows it.
    public subscript(name: String) -> Settings? {
        guard let one = config[name] else { return credentials[name] }
        return one.merging(credentials[name] ?? [:]) { $1 }
    }

    /// The profiles' names, sorted.
    public var names: [String] { Set(config.keys).union(credentials.keys).sorted() }

    private static func profile(ofConfigSection name: String) -> String? {
        if name == "default" { return name }
        guard name.hasPrefix("profile"), let blank = name.dropFirst(7).first, blank == " " || blank == "\t" else {
            return nil
        }
        return unquoted(trimmed(name.dropFirst(8)))
    }

    private struct Section {
        var name: String
        var settings: Settings = [:]
    }

    private static func sections(_ text: String) -> [Section] {
        var sections: [Section] = []
        var nested: String?
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let content = trimmed(line)
            guard let first = content.first, first != "#", first != ";" else { continue }
            if first == "[", let end = content.firstIndex(of: "]") {
                nested = nil
                sections.append(Section(name: trimmed(content[content.index(after: content.startIndex)..<end])))
                continue
            }
            guard !sections.isEmpty, let mark = content.firstIndex(where: { $0 == "=" || $0 == ":" }) else { continue }
            let name = trimmed(content[..<mark]).lowercased()
            let value = trimmed(content[content.index(after: mark)...])
            let isIndented = line.first == " " || line.first == "\t"
            let last = sections.count - 1
            if isIndented, let nested {
                sections[last].settings["\(nested).\(name)"] = value
            } else {
                nested = value.isEmpty ? name : nil
                sections[last].settings[name] = value
            }
        }
        return sections
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, let quote = text.first, quote == text.last, quote == "\"" || quote == "'" else {
            return text
        }
        return String(text.dropFirst().dropLast())
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        let end = start.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" }
        return end.map { String(start[...$0]) } ?? ""
    }
}
