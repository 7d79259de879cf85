/// The cookie `cloudflux_session`.
public enum SessionCookie {
    public static let name = "cloudflux_session"
    /// A longer `Cookie` header is not read.
    public static let maximumHeaderBytes = 16 * 1024

    /// The value in a `Cookie` header, or nil where there is none.
    ///
    /// Two different values of our name are nil as well: other servers on the same host can set cookies for all its
    /// ports, and acting in a session that somebody else planted is worse than signing in again.
    public static func value(in header: some StringProtocol) -> Secret? {
        guard header.utf8.count <= maximumHeaderBytes else { return nil }
        var found: Substring.UTF8View?
        let bytes = Substring(header).utf8
        for part in bytes.split(separator: UInt8(ascii: ";")) {
            let pair = part.drop { $0 == 0x20 || $0 == 0x09 }
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")), pair[..<equals].elementsEqual(name.utf8) else {
                continue
            }
            var value = pair[pair.index(after: equals)...]
            while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
            if let found, !found.elementsEqual(value) { return nil }
            found = value
        }
        return found.map { Secret(Substring($0)) }
    }

    /// The `Set-Cookie` value that begins a session. `secure` under TLS, which includes a proxy's.
    public static func setting(_ value: Secret, maxAgeSeconds: Int64, secure: Bool) -> String {
        "\(name)=\(value.reveal()); Path=/; Max-Age=\(maxAgeSeconds); HttpOnly; SameSite=Strict"
            + (secure ? "; Secure" : "")
    }

    /// The `Set-Cookie` value that ends it.
    public static func clearing(secure: Bool) -> String {
        "\(name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "")
    }
}
