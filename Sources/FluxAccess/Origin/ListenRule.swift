/// Which addresses may be listened on with which way to sign in.
public enum ListenRule {
    /// True for 127.0.0.0/8, `::1` (also in brackets) and `localhost`.
    public static func isLoopback(_ host: String) -> Bool {
        var bare = Substring(host)
        if bare.hasPrefix("["), bare.hasSuffix("]") { bare = bare.dropFirst().dropLast() }
        return bare.lowercased() == "localhost" || IPLiteral.isLoopback(bare)
    }

    /// Throws ``AccessError/Code/configuration`` for `--auth none` on an address that others can reach.
    ///
    /// - Parameter host: The host part of `--listen` or `--kafka-listen`.
    public static func check(host: String, mode: AuthMode) throws(AccessError) {
        guard mode == .none, !isLoopback(host) else { return }
        throw AccessError(
            .configuration,
            "--auth none makes everybody an administrator, so it works on loopback addresses only, and \(host.prefix(64)) is "
                + "not one. Listen on 127.0.0.1, or leave --auth at password.")
    }

    /// What the person who starts the server should know, or nil: passwords and cookies would cross a network in the
    /// clear.
    ///
    /// - Parameter behindTLS: True with `--tls-cert`, or where `--public-url` is https and a proxy speaks TLS.
    public static func warning(host: String, mode: AuthMode, behindTLS: Bool) -> String? {
        guard mode == .password, !behindTLS, !isLoopback(host) else { return nil }
        return
            "Passwords and cookies cross the network unencrypted. Give --tls-cert and --tls-key, or put a proxy with TLS in "
            + "front and tell its address with --public-url."
    }
}
