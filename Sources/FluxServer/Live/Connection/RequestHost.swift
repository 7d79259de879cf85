import NIOHTTP1

extension HTTPRequestHead {
    /// Leaves one `Host`, that which the request is for (RFC 9112, 3.2): the target's own where it names one, and none
    /// where several are given, so that what is checked at the door is what everybody else would take.
    mutating func settleHost() {
        if let authority = Self.authority(of: uri) {
            let rest = uri.dropFirst(authority.prefix.utf8.count + authority.name.utf8.count)
            uri = rest.hasPrefix("/") ? String(rest) : "/" + rest
            headers.replaceOrAdd(name: "host", value: String(authority.name))
        } else if headers["host"].count > 1 {
            headers.remove(name: "host")
        }
    }

    /// What stands in front of the path of a target in absolute form.
    private static func authority(of target: String) -> (prefix: Substring, name: Substring)? {
        guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else { return nil }
        let name = target[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return (target[..<scheme.upperBound], name)
    }
}
