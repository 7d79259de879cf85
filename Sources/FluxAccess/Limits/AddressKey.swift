import Glibc

/// What one attacker can hold cheaply: an IPv4 address, or an IPv6 network of 64 bits.
struct AddressKey: Hashable, Sendable {
    private let text: String

    /// Takes `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`, `::ffff:192.0.2.1`; anything else is its own key, cut to 64
    /// bytes.
    init(_ address: String) {
        var host = Substring(address)
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if let zone = host.firstIndex(of: "%") { host = host[..<zone] }
        if let bytes = IPLiteral.v6(host) {
            if bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
                text = bytes[12...].map { "\($0)" }.joined(separator: ".")
            } else {
                text = bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":") + "/64"
            }
        } else {
            text = String(decoding: host.utf8.prefix(64), as: UTF8.self)
        }
    }
}

/// Addresses written as numbers, in the one form that browsers send.
enum IPLiteral {
    /// `a.b.c.d`, decimal, no leading zeros.
    static func v4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
                part.count == 1 || part.first != 0x30, let byte = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// Without brackets and zone.
    static func v6(_ text: some StringProtocol) -> [UInt8]? {
        guard (2...45).contains(text.utf8.count), text.utf8.contains(UInt8(ascii: ":")) else { return nil }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(text), &address) == 1 else { return nil }
        return withUnsafeBytes(of: address) { Array($0) }
    }

    static func isLoopback(_ host: some StringProtocol) -> Bool {
        if let bytes = v4(host) { return bytes[0] == 127 }
        guard let bytes = v6(host) else { return false }
        return bytes == [UInt8](repeating: 0, count: 15) + [1]
            || (bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) && bytes[12] == 127)
    }
}
