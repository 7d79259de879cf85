public import FluxAccess

/// What must hold between settings, beyond each value's own form. Pure: no file is looked at.
extension ResolvedSettings {
    /// Which way to sign in `auth` means.
    public var authMode: AuthMode { text("auth").flatMap(AuthMode.init(rawValue:)) ?? .password }

    /// The address that browsers use, without a slash at its end.
    public var publicURL: String? {
        text("public-url").map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    /// The filters that everybody is offered.
    public var filterPresets: [(name: String, expression: String)] {
        texts("filter-preset").compactMap(SettingValue.preset)
    }

    /// Checks which settings go together; `serve` and `config check` both ask here.
    ///
    /// - Returns: what is allowed, but worth a warning.
    /// - Throws: `ToolError` with code `settings` that names the setting and what would be right.
    public func check() throws(ToolError) -> [String] {
        try checkLog()
        try checkTLS()
        try checkPresets()
        let host = address("listen")?.host ?? "127.0.0.1"
        let usesTLS = text("tls-cert") != nil
        do {
            try ListenRule.check(host: host, mode: authMode)
            _ = try OriginPolicy(
                publicURL: text("public-url"), listenHost: host, scheme: usesTLS ? .https : .http)
        } catch {
            throw ToolError(.settings, error.message, underlying: error)
        }
        let isBehindTLS = usesTLS || text("public-url")?.lowercased().hasPrefix("https") == true
        return warnings + [ListenRule.warning(host: host, mode: authMode, behindTLS: isBehindTLS)].compactMap(\.self)
    }

    private func checkLog() throws(ToolError) {
        guard let log = text("log"), log != "embedded" else { return }
        throw ToolError(
            .settings,
            "log (\(origin("log"))): this version keeps events in its own log only, not in “\(log.prefix(40))”; leave "
                + "the setting out, or say embedded")
    }

    /// The most presets: as many as a person may keep filters.
    static let maximumPresets = AccessConfiguration().maxFiltersPerPerson

    private func checkPresets() throws(ToolError) {
        let names = filterPresets.map { $0.name.lowercased() }
        guard names.count <= Self.maximumPresets else {
            throw ToolError(
                .settings,
                "filter-preset (\(origin("filter-preset"))): \(names.count) presets are more than the "
                    + "\(Self.maximumPresets) that are offered; leave some out")
        }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw ToolError(
                .settings,
                "filter-preset (\(origin("filter-preset"))): two presets are called “\(filterPresets[index].name)”; "
                    + "keep one, or rename one")
        }
    }

    private func checkTLS() throws(ToolError) {
        guard (text("tls-cert") == nil) != (text("tls-key") == nil) else { return }
        let (given, missing) = text("tls-cert") == nil ? ("tls-key", "tls-cert") : ("tls-cert", "tls-key")
        throw ToolError(
            .settings,
            "\(given) (\(origin(given))) is given without \(missing); TLS needs both, so give both or neither")
    }

    private func origin(_ name: String) -> String {
        entry(name).map(\.origin.description) ?? "default"
    }
}
