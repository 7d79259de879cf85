import FluxTesting
import Testing

@testable import FluxTools

@Suite struct SettingsTests {
    private func resolve(
        flags: [String: [String]] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) throws -> ResolvedSettings {
        try SettingsResolver.resolve(
            flags: flags, environment: environment, file: yaml.map { .init(path: "flux.yaml", text: $0) })
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func flagsGoOverTheEnvironmentOverTheFileOverDefaults() throws {
        let yaml = "# ours\nheartbeat: 1s\nping-interval: 2s\nstall-timeout: 3s\n"
        let environment = ["CLOUDFLUX_PING_INTERVAL": "4s", "CLOUDFLUX_STALL_TIMEOUT": "5s"]
        let settings = try resolve(flags: ["stall-timeout": ["6s"]], environment: environment, yaml: yaml)
        #expect(settings.milliseconds("heartbeat") == 1000)
        #expect(settings.entry("heartbeat")?.origin == .file(path: "flux.yaml", line: 2))
        #expect(settings.milliseconds("ping-interval") == 4000)
        #expect(settings.entry("ping-interval")?.origin == .environment("CLOUDFLUX_PING_INTERVAL"))
        #expect(settings.milliseconds("stall-timeout") == 6000)
        #expect(settings.entry("stall-timeout")?.origin == .flag)
        #expect(settings.bytes("segment-bytes") == 134_217_728)
        #expect(settings.entry("segment-bytes")?.origin == .standard)
    }

    @Test func everyDefaultIsAValueOfItsKind() throws {
        let settings = try resolve()
        #expect(settings.entries.count == Setting.all.count)
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
    }

    @Test func listsComeFromAYAMLListAndFromBlanksInTheEnvironment() throws {
        #expect(try resolve(yaml: "store: [file:///a, file:///b]").texts("store") == ["file:///a", "file:///b"])
        #expect(try resolve(environment: ["CLOUDFLUX_STORE": "file:///a file:///b"]).texts("store").count == 2)
    }

    @Test func presetsAreNamedFiltersAndMayHoldBlanks() throws {
        let yaml = "filter-preset:\n  - Big files = size>1GB -type:cloud.download\n  - a=size=5\n"
        let presets = try resolve(yaml: yaml).filterPresets
        #expect(presets.map(\.name) == ["Big files", "a"])
        #expect(presets.map(\.expression) == ["size>1GB -type:cloud.download", "size=5"])
        let environment = ["CLOUDFLUX_FILTER_PRESET": "One=size>1GB type:cloud.*\nTwo=text"]
        #expect(try resolve(environment: environment).filterPresets.map(\.name) == ["One", "Two"])
    }

    @Test(arguments: [
        ("size>1GB", "not NAME=EXPRESSION"), ("=size>1GB", "name"), ("Big=", "no expression"),
        ("Big= ", "no expression"),
        ("Big=sise>1GB", "did you mean “size”"), ("Big=(a", "not a filter"), ("a\u{202E}b=a", "cannot be seen"),
    ])
    func aPresetThatCannotBeReadSaysWhyAtTheStart(value: String, words: String) {
        let said = message { _ = try resolve(yaml: "heartbeat: 1s\nfilter-preset: [\"\(value)\"]\n") }
        #expect(said.contains("filter-preset (flux.yaml:2)") && said.contains(words), "\(said)")
    }

    @Test func anUnknownKeyInTheFileNamesItsLineAndTheNearestOne() {
        let said = message { _ = try resolve(yaml: "listen: 127.0.0.1:0\nretention-byte: 1GB\n") }
        #expect(said.contains("flux.yaml:2"))
        #expect(said.contains("did you mean retention-bytes?"))
    }

    @Test func anUnknownNameInTheEnvironmentOnlyWarns() throws {
        let settings = try resolve(environment: ["CLOUDFLUX_LISTENN": "x", "CLOUDFLUX_TOKEN": "t", "PATH": "/bin"])
        #expect(settings.warnings.count == 1)
        #expect(settings.warnings[0].contains("did you mean CLOUDFLUX_LISTEN?"))
    }

    @Test(arguments: [
        ("heartbeat", "5"), ("heartbeat", "-1s"), ("heartbeat", "none"), ("segment-bytes", "1KB"), ("listen", "8000"),
        ("listen", "::1:8000"), ("listen", "a:99999"), ("auth", "open"), ("max-connections", "0"),
        ("max-rescan-deletes", "101%"), ("hot-chance", "0"), ("cold-chance", "100%"), ("debug-echo", "perhaps"),
        ("retention-bytes", "-5"),
    ])
    func aValueThatIsNoneSaysWhereItStandsAndWhatWouldBe(name: String, value: String) {
        let said = message { _ = try resolve(flags: [name: [value]]) }
        #expect(said.hasPrefix("\(name) (command line)"), "\(said)")
    }

    @Test(arguments: ["- a\n", "a: {b: c}\n", "listen: [x, y]\n", "listen: &a *a\n", "\u{0}", "{", "? [a]\n: b\n"])
    func aFileThatIsNoneIsAClearError(yaml: String) {
        #expect(throws: ToolError.self) { try resolve(yaml: yaml) }
    }

    @Test func anEmptyFileIsFine() throws {
        #expect(try resolve(yaml: "").milliseconds("heartbeat") == 5000)
        #expect(try resolve(yaml: "# nothing\n").milliseconds("heartbeat") == 5000)
    }

    @Test func secretsOfAStoreAreMasked() throws {
        let url = "s3://user:pw@bucket/p?region=eu&access_key=AKIA&sig=abc"
        let entry = try #require(try resolve(flags: ["store": [url]]).entry("store"))
        #expect(entry.shownTexts == ["s3://***@bucket/p?region=eu&access_key=***&sig=***"])
    }

    @Test func randomFilesNeverCrash() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let pieces = [
            "listen", "store", ":", " ", "\n", "-", "[", "]", "{", "}", "\"", "'", "#", "&a", "*a", "!!int", "1",
            "128MiB", "\t",
            "none", "|", ">", "<<", "é", "\u{FEFF}", "heartbeat: 1s\n",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int(random.next() % 20)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }
            let yaml = text.joined()
            do {
                let settings = try resolve(yaml: yaml)
                #expect(settings.entries.count == Setting.all.count, "seed \(seed): \(yaml)")
            } catch {
                #expect(!"\(error)".isEmpty, "seed \(seed): \(yaml)")
            }
        }
    }
}

@Suite struct SettingValueTests {
    @Test(
        arguments: [
            ("500ms", 500), ("1s", 1000), ("1.5s", 1500), ("5m", 300_000), ("2h", 7_200_000), ("90d", 7_776_000_000),
        ] as [(String, Int64)])
    func durations(text: String, milliseconds: Int64) {
        #expect(SettingValue.milliseconds(text) == milliseconds)
    }

    @Test(
        arguments: [
            ("0", 0), ("64KB", 64000), ("128MiB", 134_217_728), ("10 GB", 10_000_000_000), ("1.5MiB", 1_572_864),
        ] as [(String, Int64)])
    func sizes(text: String, bytes: Int64) {
        #expect(SettingValue.bytes(text) == bytes)
    }

    @Test(arguments: ["", "s", "1", "1 day", "1e9d", "٣s", "1s ", "--1s", "99999999999999999999d"])
    func whatIsNoDuration(text: String) {
        #expect(SettingValue.milliseconds(text) == nil)
    }

    @Test func addresses() throws {
        let v6 = try #require(SettingValue.address("[::1]:0"))
        #expect(v6.host == "::1" && v6.port == 0)
        #expect(SettingValue.address("user@host:80") == nil)
        #expect(SettingValue.address(":80") == nil)
    }
}
