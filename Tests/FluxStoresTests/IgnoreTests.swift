import FluxTesting
import Foundation
import Testing

@testable import FluxStores

@Suite struct IgnoreTests {
    @Test func defaultsLeaveOutWhatToolsMake() throws {
        let rules = try IgnoreRules(IgnoreRules.defaults)
        #expect(rules.ignoresFile(at: Array(".git/config".utf8)))
        #expect(rules.ignoresFile(at: Array("a/b/node_modules/c/d.js".utf8)))
        #expect(!rules.ignoresFile(at: Array(".gitignore".utf8)))
        // A file of that name is no folder.
        #expect(!rules.ignoresFile(at: Array("a/.git".utf8)))
    }

    @Test func aHostilePatternEndsSoon() throws {
        let rules = try IgnoreRules([String(repeating: "*a", count: 500) + "b"])
        #expect(!rules.ignores(Array(repeating: UInt8(ascii: "a"), count: 250), isFolder: false))
    }

    @Test func invalidUTF8InNamesIsNoObstacle() throws {
        let rules = try IgnoreRules(["*.tmp"])
        #expect(rules.ignores([0xFF, 0xFE] + Array(".tmp".utf8), isFolder: false))
    }

    @Test func tooManyOrTooLongPatternsAreRefused() {
        #expect(throws: StoreError.self) { try IgnoreRules(Array(repeating: "a", count: 257)) }
        #expect(throws: StoreError.self) { try IgnoreRules([String(repeating: "a", count: 1025)]) }
    }

    /// What the manual of gitignore says, and what tends to be read wrongly.
    @Test func cornersOfTheSyntax() throws {
        let cases: [(patterns: [String], ignored: [String], kept: [String])] = [
            (["#a"], [], ["#a", "a"]), (["\\#a"], ["#a", "d/#a"], ["a"]),
            (["*", "!a"], ["b", "c/x"], ["a"]), (["\\!a"], ["!a"], ["a"]), (["!a", "a"], ["a"], []),
            // Nothing below an ignored folder is taken back.
            (["d/", "!d/a"], ["d/a", "d/b"], ["a"]), (["d/*", "!d/a"], ["d/b"], ["d/a"]),
            (["d/"], ["d/a", "x/d/a"], ["e/d"]), (["/d"], ["d", "d/a"], ["x/d"]), (["x/d"], ["x/d"], ["y/x/d"]),
            (["**/a"], ["a", "d/a", "d/e/a"], ["ab"]), (["d/**"], ["d/a", "d/e/a"], ["e/a"]),
            (["d/**/a"], ["d/a", "d/e/a", "d/e/f/a"], ["a", "da"]), (["d**a"], ["da", "dxa"], ["d/a", "d/x/a"]),
            (["**"], ["a", "d/a"], []), (["***"], ["a"], []), (["**/"], ["d/a"], ["a"]),
            (["a  "], ["a"], ["a  "]), (["a\\  "], ["a "], ["a", "a  "]), (["a\t"], ["a\t"], ["a"]),
            (["a\\"], [], ["a", "a\\"]), (["[a"], [], ["a", "[a"]), (["\\[a"], ["[a"], ["a"]),
            (["?"], ["a"], ["ab", "é"]), (["[!a]"], ["b"], ["a"]), (["[]-a]"], ["]", "^", "a"], ["b"]),
            (["", " ", "/", "!", "!/", "//"], [], ["a", " ", "!"]), (["a/*/b"], ["a/x/b"], ["a/b", "a/x/y/b"]),
        ]
        for (patterns, ignored, kept) in cases {
            let rules = try IgnoreRules(patterns)
            for path in ignored { #expect(rules.ignoresFile(at: Array(path.utf8)), "\(patterns) and \(path)") }
            for path in kept { #expect(!rules.ignoresFile(at: Array(path.utf8)), "\(patterns) and \(path)") }
        }
    }

    /// git itself is the judge of random patterns over random trees. IGNORE_ROUNDS=n makes more of them.
    @Test func gitAgrees() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let base = FileManager.default.temporaryDirectory.appendingPathComponent(
            "cloudflux-ignore-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: base) }
        let rounds = ProcessInfo.processInfo.environment["IGNORE_ROUNDS"].flatMap(Int.init) ?? 30
        for round in 0..<rounds {
            let tree = base.appendingPathComponent("\(round)")
            try FileManager.default.createDirectory(at: tree, withIntermediateDirectories: true)
            _ = try Self.git(tree, ["init", "-q"])
            var files: Set<String> = []
            for _ in 0..<40 {
                let path = Self.path(&random)
                let parent = tree.appendingPathComponent(path).deletingLastPathComponent()
                try? FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
                var isFolder: ObjCBool = false
                let file = tree.appendingPathComponent(path)
                if FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) { continue }
                if FileManager.default.createFile(atPath: file.path, contents: Data()) { files.insert(path) }
            }
            let patterns = (0..<8).map { _ in Self.pattern(&random) }
            try Data((patterns.joined(separator: "\n") + "\n").utf8).write(
                to: tree.appendingPathComponent(".gitignore"))
            let rules = try IgnoreRules(patterns)
            let list = files.sorted()
            let output = try Self.git(
                tree, ["check-ignore", "--no-index", "-z", "--stdin"], input: list.joined(separator: "\0") + "\0")
            let ignored = Set(output.split(separator: "\0").map(String.init))
            for path in list {
                #expect(
                    rules.ignoresFile(at: Array(path.utf8)) == ignored.contains(path),
                    "seed \(seed): \(path) by \(patterns); git says \(ignored.contains(path))")
            }
        }
    }

    private static let names = [
        "a", "b", "ab", "a.b", "abc", "x[1]", "a b", "é", "-", "]", "#a", "!a", "a ", "\\", "d", "*",
    ]

    private static func path(_ random: inout SeededRandom) -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in names.randomElement(using: &random) ?? "a" }
            .joined(separator: "/")
    }

    private static func pattern(_ random: inout SeededRandom) -> String {
        let pieces = [
            "a", "b", "c", "*", "**", "/", "/", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "[[:alpha:]]", "\\*", "\\a", ".",
            "**/", "/**", "a/", "x\\[1\\]", " ", "é", "]", "[]]", "/**/", "***", "#", "\\#", "!", "\\!", "\\", "\\ ",
            "d",
            "[", "[a-", "[\\]]", "[!", "[]-b]", "[.-0]", "[z-a]", "[[:foo:]]", "[[:digit:]a]", "\t", "-", "\\\\",
        ]
        var text = (0..<Int.random(in: 1...5, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "a" }
            .joined()
        if Int.random(in: 0..<4, using: &random) == 0 { text = "!" + text }
        if Int.random(in: 0..<20, using: &random) == 0 { text += "  " }
        if Int.random(in: 0..<5, using: &random) == 0 { text += "/" }
        return text
    }

    private static func git(_ folder: URL, _ arguments: [String], input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", folder.path] + arguments
        let feed = Pipe()
        let output = Pipe()
        process.standardInput = feed
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        feed.fileHandleForWriting.write(Data(input.utf8))
        try feed.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
