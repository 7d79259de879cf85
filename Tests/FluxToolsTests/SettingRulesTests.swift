import Testing

@testable import FluxTools

/// What `serve` and `config check` refuse before anything is opened.
@Suite struct SettingRulesTests {
    private func check(_ flags: [String: String]) throws -> [String] {
        try SettingsResolver.resolve(flags: flags.mapValues { [$0] }, environment: [:], file: nil).check()
    }

    @Test(arguments: [
        (["auth": "none", "listen": "0.0.0.0:8000"], "loopback"), (["auth": "none", "listen": "[::]:0"], "loopback"),
        (["tls-cert": "c.pem"], "tls-key"), (["tls-key": "k.pem"], "tls-cert"),
        (["public-url": "ftp://x"], "--public-url"), (["public-url": "https://x/?a"], "--public-url"),
        (["log": "kafka://broker"], "embedded"),
    ])
    func whatDoesNotGoTogetherIsASettingsError(flags: [String: String], word: String) {
        let error = #expect(throws: ToolError.self) { try check(flags) }
        #expect(error?.code == .settings)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        [:], ["auth": "none"], ["auth": "none", "listen": "[::1]:8000"], ["auth": "none", "listen": "localhost:1"],
        ["listen": "0.0.0.0:8000", "tls-cert": "c.pem", "tls-key": "k.pem"],
        ["listen": "0.0.0.0:8000", "public-url": "https://flux.example.org"], ["log": "embedded"],
    ])
    func whatGoesTogetherWarnsOfNothing(flags: [String: String]) throws {
        #expect(try check(flags) == [])
    }

    @Test func aSlashAtTheEndIsNoPath() throws {
        for url in ["https://flux.example.org/", "https://flux.example.org"] {
            let settings = try SettingsResolver.resolve(flags: ["public-url": [url]], environment: [:], file: nil)
            _ = try settings.check()
            #expect(settings.publicURL == "https://flux.example.org")
        }
    }

    @Test func presetsHaveNamesOfTheirOwnAndALimit() throws {
        func resolved(_ presets: [String]) throws -> [String] {
            try SettingsResolver.resolve(flags: ["filter-preset": presets], environment: [:], file: nil).check()
        }
        #expect(try resolved(["A=a", "B=b"]) == [])
        let twice = #expect(throws: ToolError.self) { try resolved(["Big=a", "BIG=b"]) }
        #expect(twice?.message.contains("two presets are called “BIG”") == true, "\(twice?.message ?? "")")
        let many = (0...ResolvedSettings.maximumPresets).map { "n\($0)=a" }
        let over = #expect(throws: ToolError.self) { try resolved(many) }
        #expect(over?.message.contains("101 presets are more than the 100") == true, "\(over?.message ?? "")")
        #expect(try resolved(Array(many.dropLast())) == [])
    }

    @Test func passwordsInTheClearAreWarnedOf() throws {
        let warnings = try check(["listen": "0.0.0.0:8000"])
        #expect(warnings.count == 1 && warnings[0].contains("unencrypted"))
        #expect(try check(["listen": "0.0.0.0:8000", "public-url": "http://192.0.2.1"]).count == 1)
    }

    @Test(arguments: [
        ("heartbeat", "0s"), ("heartbeat", "99ms"), ("ping-interval", "0ms"), ("stall-timeout", "999ms"),
        ("retention-age", "0d"),
    ])
    func timesThatWouldSpinAreRefused(name: String, value: String) {
        let error = #expect(throws: ToolError.self) { try check([name: value]) }
        #expect(error?.message.contains("is shorter than") == true, "\(error?.message ?? "")")
    }

    @Test func anEventMayBeNoLargerThanTheLogTakes() throws {
        #expect(try check(["max-event-bytes": "1022KiB"]) == [])
        for value in ["1023KiB", "4MiB", "1000"] {
            let error = #expect(throws: ToolError.self) { try check(["max-event-bytes": value]) }
            #expect(error?.message.contains("is not from 1024 to 1046528 bytes") == true, "\(error?.message ?? "")")
        }
    }

    @Test(arguments: [
        ("heartbeat: 2s\n\nheartbeat: 3s\n", "flux.yaml:3: heartbeat stands twice; keep one"),
        ("a: b\n  c: d\n", "flux.yaml:2:"), ("heartbeat: [\n", "flux.yaml:2:1: this is not valid YAML"),
        ("a: 1\n---\nb: 2\n", "flux.yaml:2:1: this is not valid YAML"),
    ])
    func aFileThatCannotBeReadNamesItsLineInOneSentence(yaml: String, words: String) {
        let error = #expect(throws: ToolError.self) {
            try SettingsResolver.resolve(flags: [:], environment: [:], file: .init(path: "flux.yaml", text: yaml))
        }
        #expect(error?.message.hasPrefix(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("\n") == false, "\(error?.message ?? "")")
    }
}
