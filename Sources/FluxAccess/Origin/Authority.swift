/// A host and an optional port, as in `Host:` and in an origin, brought into one form.
///
/// Names are lower-case ASCII without a trailing dot; IPv6 addresses are compared by their bytes. User information,
/// paths, spaces and every other character that a host cannot have are refused.
struct Authority: Hashable, Sendable {
    enum Host: Hashable, Sendable {
        case name(String)
        case address([UInt8])
    }

    /// Longer is refused: a DNS name has at most 253 characters.
    static let maximumLength = 262

    var host: Host
    var port: Int?

    init?(_ text: some StringProtocol) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else { return nil }
        var hostText = Substring(text)
        var portText: Substring?
        if hostText.utf8.first == UInt8(ascii: "[") {
            guard let close = hostText.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let rest = hostText[hostText.utf8.index(after: close)...]
            guard let bytes = IPLiteral.v6(hostText[hostText.utf8.index(after: hostText.startIndex)..<close]) else {
                return nil
            }
            if !rest.isEmpty {
                guard rest.utf8.first == UInt8(ascii: ":") else { return nil }
                portText = rest.dropFirst()
            }
            host = .address(bytes)
        } else {
            if let colon = hostText.utf8.firstIndex(of: UInt8(ascii: ":")) {
                portText = hostText[hostText.utf8.index(after: colon)...]
                hostText = hostText[..<colon]
            }
            guard let found = Self.host(named: hostText) else { return nil }
            host = found
        }
        if let portText {
            guard let number = Self.port(portText) else { return nil }
            port = number
        }
    }

    /// An address or a name, without brackets and port.
    static func host(named text: some StringProtocol) -> Host? {
        if let bytes = IPLiteral.v4(text) { return .address(bytes) }
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard bytes.count <= 253, labels.allSatisfy({ (1...63).contains($0.count) }), let last = labels.last else {
            return nil
        }
        // The underscore is in no host name of the standards, and in many of container networks.
        let isName = bytes.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F, 0x2E: true
            default: false
            }
        }
        // `127.1`, `0x7f000001`, `127.0.0.1.`: numbers in forms that browsers never send.
        guard isName, !(0x30...0x39).contains(last[last.startIndex]) else { return nil }
        return .name(String(decoding: bytes, as: UTF8.self).lowercased())
    }

    private static func port(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text), (1...65_535).contains(number)
        else { return nil }
        return number
    }
}

/// Scheme, host and port, as a browser writes them in `Origin`.
struct WebOrigin: Hashable, Sendable {
    var scheme: URLScheme
    var host: Authority.Host
    var port: Int

    init(scheme: URLScheme, authority: Authority) {
        self.scheme = scheme
        host = authority.host
        port = authority.port ?? scheme.defaultPort
    }

    /// Exactly `http://host[:port]` or `https://…`: no path, no user, not `null`.
    init?(_ text: some StringProtocol) {
        for scheme in URLScheme.allCases {
            let start = scheme.rawValue + "://"
            guard text.utf8.count > start.utf8.count, text.prefix(start.count).lowercased() == start,
                let authority = Authority(text.dropFirst(start.count))
            else { continue }
            self.init(scheme: scheme, authority: authority)
            return
        }
        return nil
    }
}

/// How the server is reached.
public enum URLScheme: String, Sendable, Hashable, CaseIterable {
    case http
    case https

    var defaultPort: Int { self == .http ? 80 : 443 }
}
