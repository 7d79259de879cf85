/// Decides from `Host` and `Origin` whether a request may be answered at all: no page of another site may reach this
/// server, also when it runs without sign-in on somebody's own machine. Pure.
///
/// - **Host** is ours where it is the public URL's host, the listen address, `localhost`, or any IP address written as a
///   number. A page that reaches us through a name of its own (DNS rebinding) has that name in `Host`. The port in `Host`
///   is not compared: it says nothing about who asks, and differs behind port forwarding.
/// - **Origin**, where there is one, is ours where scheme, host and port are the request's own, with the port that it
///   came in at, or where it is the public URL. Behind a forwarded port the public URL must therefore be told.
///   `null` is never ours.
/// - **Sec-Fetch-Site**, where a browser sends it: what another site's page asks for as part of itself (an image, a
///   script, a frame, a form) is refused; following a link to us is not.
/// - `/healthz` and `/readyz` answer any `Host`: load balancers ask by names of their own.
public struct OriginPolicy: Sendable {
    public enum Verdict: Sendable, Hashable {
        case allow
        /// Answer 403 with this reason, one sentence for people. It repeats nothing of the request.
        case refuse(String)

        public var isAllowed: Bool { self == .allow }
    }

    /// The routes that answer any `Host`.
    public static let openPaths: Set<String> = ["/healthz", "/readyz"]

    private let publicOrigin: WebOrigin?
    private let listenHost: Authority.Host?
    private let scheme: URLScheme

    /// - Parameters:
    ///   - publicURL: `--public-url`, such as `https://flux.example.com`: http or https, no user, query or fragment, and
    ///     no path: the page and all routes lie at the top of their host.
    ///   - listenHost: The host part of `--listen`, an address (IPv6 with or without brackets) or a name. The
    ///     addresses that mean "all" (`0.0.0.0`, `::`) are no name to be reached by.
    ///   - scheme: `https` where the server itself speaks TLS.
    /// - Throws: ``AccessError/Code/configuration`` for a malformed public URL.
    public init(publicURL: String? = nil, listenHost: String, scheme: URLScheme) throws(AccessError) {
        self.scheme = scheme
        publicOrigin = try publicURL.map { url throws(AccessError) in try Self.origin(ofPublicURL: url) }
        self.listenHost = Authority.host(named: listenHost)
    }

    /// True where browsers reach us over TLS, ours or a proxy's: cookies are then marked `Secure`.
    public var isSecure: Bool { scheme == .https || publicOrigin?.scheme == .https }

    /// - Parameters:
    ///   - host: The `Host` header, nil where there is none (refused).
    ///   - origin: The `Origin` header; nil where there is none (allowed: not a browser, or a plain GET).
    ///   - path: The path; a query is ignored.
    ///   - fetchSite: The `Sec-Fetch-Site` header.
    ///   - fetchMode: The `Sec-Fetch-Mode` header.
    ///   - fetchDest: The `Sec-Fetch-Dest` header.
    ///   - port: The port of ours that the connection came in at; nil where that is not known, and not compared.
    public func allows(
        host: String?, origin: String?, path: String, fetchSite: String? = nil, fetchMode: String? = nil,
        fetchDest: String? = nil, port: Int? = nil
    ) -> Verdict {
        let plainPath = String(path.prefix { $0 != "?" })
        let authority = host.flatMap { Authority($0) }
        let isOurs = authority.map(isOurHost) ?? false
        guard isOurs || Self.openPaths.contains(plainPath) else {
            return .refuse(
                host == nil
                    ? "The request has no Host header."
                    : "The Host header names a host that is not this server's. Use its address, or start it with "
                        + "--public-url and the URL that people use.")
        }
        if let origin {
            guard let asked = WebOrigin(origin), isOurOrigin(asked, host: isOurs ? authority : nil, port: port) else {
                return .refuse(
                    "The Origin header names another site, and this server answers only its own pages. Behind a proxy or "
                        + "another port, start it with --public-url and the URL that people use.")
            }
        } else if let fetchSite, !["same-origin", "none"].contains(fetchSite.lowercased()) {
            let isLink =
                fetchMode?.lowercased() == "navigate" && (fetchDest.map { $0.lowercased() == "document" } ?? true)
            guard isLink else {
                return .refuse("Another site's page asked for this, and this server answers only its own pages.")
            }
        }
        return .allow
    }

    private func isOurHost(_ authority: Authority) -> Bool {
        switch authority.host {
        case .address: true
        case .name("localhost"): true
        case .name: authority.host == listenHost || authority.host == publicOrigin?.host
        }
    }

    private func isOurOrigin(_ origin: WebOrigin, host: Authority?, port: Int?) -> Bool {
        if origin == publicOrigin { return true }
        guard let host, port == nil || origin.port == port else { return false }
        // Under the public URL's own name only the public URL counts: not its port 80 beside its https.
        if let publicOrigin, publicOrigin.host == host.host, host.port ?? publicOrigin.port == publicOrigin.port {
            return false
        }
        return origin == WebOrigin(scheme: scheme, authority: host)
    }

    private static func origin(ofPublicURL url: String) throws(AccessError) -> WebOrigin {
        let bad = AccessError(
            .configuration,
            "--public-url must look like https://flux.example.com or http://192.0.2.1:8000: a scheme, a host and perhaps a port."
        )
        guard let scheme = URLScheme.allCases.first(where: { url.lowercased().hasPrefix($0.rawValue + "://") }),
            !url.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" })
        else { throw bad }
        let rest = url.dropFirst(scheme.rawValue.count + 3)
        guard let authority = Authority(rest.prefix { $0 != "/" }) else { throw bad }
        let path = rest.drop { $0 != "/" }
        guard path.isEmpty || path == "/" else {
            throw AccessError(
                .configuration,
                "--public-url has the path \(path.prefix(64)), and the page works at the top of a host only. Give CloudFlux a "
                    + "host name of its own, such as https://flux.example.com.")
        }
        return WebOrigin(scheme: scheme, authority: authority)
    }
}
