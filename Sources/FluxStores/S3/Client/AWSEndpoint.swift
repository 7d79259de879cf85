/// A service's address: `https://host[:port][/path]`. Pure.
public struct AWSEndpoint: Sendable, Hashable {
    public var isSecure: Bool
    /// Without brackets also where it is an IPv6 address.
    public var host: String
    public var port: Int
    /// Empty, or with a slash at its start and none at its end.
    public var path: String

    /// - Throws: `StoreError` (`badParameter`) where the text is no such address.
    public init(_ text: String) throws(StoreError) {
        let rest: Substring
        if text.lowercased().hasPrefix("https://") {
            isSecure = true
            rest = text.dropFirst(8)
        } else if text.lowercased().hasPrefix("http://") {
            isSecure = false
            rest = text.dropFirst(7)
        } else {
            throw Self.wrong(text, "write it like https://s3.example.com or http://127.0.0.1:9000")
        }
        guard !rest.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" || $0.isWhitespace }) else {
            throw Self.wrong(text, "it has no user, query or fragment")
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var path = rest[slash...]
        while path.last == "/" { path.removeLast() }
        self.path = String(path)
        let authority = rest[..<slash]
        var digits: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw Self.wrong(text, "a bracket is not closed") }
            host = String(authority[authority.index(after: authority.startIndex)..<end]).lowercased()
            let behind = authority[authority.index(after: end)...]
            guard behind.isEmpty || behind.first == ":" else { throw Self.wrong(text, "its port begins with a colon") }
            digits = behind.isEmpty ? nil : behind.dropFirst()
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { throw Self.wrong(text, "an IPv6 address stands in brackets") }
            host = parts.first.map { $0.lowercased() } ?? ""
            digits = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty else { throw Self.wrong(text, "it names no host") }
        let fallback = isSecure ? 443 : 80
        guard let number = digits.map({ UInt16($0) }) ?? UInt16(fallback), number > 0 else {
            throw Self.wrong(text, "its port is no number from 1 to 65535")
        }
        port = Int(number)
    }

    public init(secureHost host: String) {
        isSecure = true
        self.host = host
        port = 443
        path = ""
    }

    /// What the `Host` header says of a host here: without the port that the scheme implies.
    public func hostHeader(of host: String) -> String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    public var hostHeader: String { hostHeader(of: host) }
    public var scheme: String { isSecure ? "https" : "http" }
    /// `https://host:port`.
    public var origin: String { "\(scheme)://\(hostHeader)" }
    public var withoutSlash: String { origin + path }

    /// Whether the host is a number, which no bucket can be a part of.
    public var isAddress: Bool {
        host.contains(":") || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
    }

    /// Without what may be a secret: user, password, query.
    private static func wrong(_ text: String, _ why: String) -> StoreError {
        let shown = text.prefix { $0 != "?" && $0 != "#" }
        let name = shown.lastIndex(of: "@").map { "…" + shown[$0...] } ?? String(shown)
        return StoreError(
            code: .badParameter, message: "“\(name.prefix(200))” is no address of a service: \(why).")
    }
}
