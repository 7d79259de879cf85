import ArgumentParser
import FluxEvents

/// What is wrong with a command line, as one sentence that says where to get help.
enum UsageWords {
    /// Commands and options that the contract names and a later version brings.
    private static let later: Set<String> = [
        "prices", "plan", "migrate", "--kafka-listen",
    ]

    /// Looks for the commands that are named before the first option; nil where each exists and is complete.
    ///
    /// - Parameter arguments: without the program's name.
    static func complaint(_ arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = CloudFlux.self
        var path = "cloudflux"
        for argument in arguments {
            let inner = command.configuration.subcommands
            if inner.isEmpty { return nil }
            if argument == "help" { continue }
            if argument.hasPrefix("-") {
                // Help and the version need no command; other options of a group have no meaning.
                return nil
            }
            guard let next = inner.first(where: { name(of: $0) == argument }) else {
                return sentence(unknown: argument, among: inner.map(name), path: path)
            }
            command = next
            path += " " + argument
        }
        let inner = command.configuration.subcommands
        guard !inner.isEmpty, path != "cloudflux", !arguments.contains("help") else { return nil }
        return
            "say what to do: \(inner.map { "`\(path) \(name(of: $0))`" }.joined(separator: ", ")). See `\(path) --help`"
    }

    /// What the parser found, in its words, with the option that was probably meant.
    ///
    /// - Parameters:
    ///   - message: the parser's message.
    ///   - whole: the same with its usage lines.
    static func sentence(_ message: String, whole: String) -> String {
        var words = message.prefix { !$0.isNewline }
        if words.hasPrefix("Error: ") { words = words.dropFirst(7) }
        let help = whole.split(separator: "'").first { $0.hasPrefix("cloudflux") && $0.hasSuffix("--help") }
        var text = words.prefix(1).lowercased() + words.dropFirst()
        while text.hasSuffix(".") { text.removeLast() }
        if let option = text.split(separator: "'").first(where: { later.contains(String($0)) }) {
            text = "\(option) comes with a later version"
        }
        return text + (text.hasSuffix("?") ? " " : ". ") + "See `\(help ?? "cloudflux --help")`"
    }

    private static func sentence(unknown argument: String, among names: [String], path: String) -> String {
        let shown = argument.prefix(40)
        if path == "cloudflux", later.contains(argument) {
            return "`cloudflux \(shown)` comes with a later version. See `cloudflux --help`"
        }
        let hint =
            Suggestion.nearest(to: argument, among: names).map { "; did you mean `\(path) \($0)`?" }
            ?? "; there are \(names.joined(separator: ", "))."
        return "there is no command `\(path) \(shown)`\(hint) See `\(path) --help`"
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? String(describing: command).lowercased()
    }
}
