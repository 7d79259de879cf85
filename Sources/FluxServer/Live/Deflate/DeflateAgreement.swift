/// What a client and this server agreed on for permessage-deflate (RFC 7692).
struct DeflateAgreement: Sendable, Hashable {
    var serverKeepsContext = true
    var clientKeepsContext = true
    /// 9–15.
    var serverWindowBits: Int32 = 15
    private var clientWindowBits: Int32?

    /// The value of `Sec-WebSocket-Extensions` that says so.
    var header: String {
        var parts = ["permessage-deflate"]
        if !serverKeepsContext { parts.append("server_no_context_takeover") }
        if !clientKeepsContext { parts.append("client_no_context_takeover") }
        if serverWindowBits != 15 { parts.append("server_max_window_bits=\(serverWindowBits)") }
        if let clientWindowBits { parts.append("client_max_window_bits=\(clientWindowBits)") }
        return parts.joined(separator: "; ")
    }

    /// The first of a client's offers that can be accepted, nil where there is none.
    ///
    /// - Parameters:
    ///   - offers: the comma-separated elements of `Sec-WebSocket-Extensions`.
    ///   - sharesFrames: neither side keeps context, so that frames are the same for all clients.
    init?(offers: some Sequence<Substring>, sharesFrames: Bool) {
        for offer in offers {
            if let agreement = DeflateAgreement(offer: offer, sharesFrames: sharesFrames) {
                self = agreement
                return
            }
        }
        return nil
    }

    private init?(offer: Substring, sharesFrames: Bool) {
        var parts = offer.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        guard !parts.isEmpty, parts.removeFirst().lowercased() == "permessage-deflate" else { return nil }
        if sharesFrames { (serverKeepsContext, clientKeepsContext) = (false, false) }
        var seen: Set<String> = []
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed)
            let name = pair[0].lowercased()
            let value = pair.count > 1 ? pair[1].filter { $0 != "\"" } : nil
            // A parameter that is unknown, repeated or out of range declines the offer, as the RFC asks.
            guard seen.insert(name).inserted else { return nil }
            switch (name, value) {
            case ("server_no_context_takeover", nil): serverKeepsContext = false
            case ("client_no_context_takeover", nil): clientKeepsContext = false
            case ("server_max_window_bits", let value?):
                guard let bits = Self.bits(value), bits >= 9 else { return nil }
                serverWindowBits = bits
            case ("client_max_window_bits", nil): break
            case ("client_max_window_bits", let value?):
                guard let bits = Self.bits(value) else { return nil }
                clientWindowBits = bits
            default: return nil
            }
        }
    }

    private static func bits(_ text: String) -> Int32? {
        guard let bits = Int32(text), (8...15).contains(bits), text.first != "0" else { return nil }
        return bits
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
