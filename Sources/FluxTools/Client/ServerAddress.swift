/// The address of a CloudFlux server, as a person writes it: `http://127.0.0.1:8000` or `https://flux.example.org`.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    public var isTLS: Bool
    /// Without brackets.
    public var host: String
    public var port: Int

    public init(isTLS: Bool, host: String, port: Int) {
        self.isTLS = isTLS
        self.host = host
        self.port = port
    }

    /// Reads an address; a path of `/` is allowed, any other is not.
    public init(_ text: String) throws(ToolError) {
        let wrong = ToolError(
            .usage, "“\(text.prefix(200))” is not a server's address; write it like http://127.0.0.1:8000")
        var rest: Substring
        if text.lowercased().hasPrefix("http://") {
            isTLS = false
            rest = text.dropFirst(7)
        } else if text.lowercased().hasPrefix("https://") {
            isTLS = true
            rest = text.dropFirst(8)
        } else {
            throw wrong
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.isEmpty, !rest.contains(where: { $0 == "/" || $0 == "?" || $0 == "#" || $0 == "@" }) else {
            throw wrong
        }
        if let (host, port) = SettingValue.address(String(rest)) {
            self.host = host
            self.port = port
        } else if !rest.contains(":") || rest.hasSuffix("]") {
            guard let (host, _) = SettingValue.address(rest + ":0") else { throw wrong }
            self.host = host
            port = isTLS ? 443 : 80
        } else {
            throw wrong
        }
    }

    /// Host and port as a `Host` header has them.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    public var description: String { "\(isTLS ? "https" : "http")://\(authority)" }
}
