import FluxAccess
import HTTPTypes
import Hummingbird

/// Who may use a route.
enum Admission: Sendable, Hashable {
    /// Everybody, with any `Host` (health checks).
    case anybody
    /// Everybody whose `Host` and `Origin` are ours.
    case visitors
    /// Whoever is signed in, whatever the scope.
    case signedIn
    /// Whoever may read, also by a ticket in the query.
    case stream
    /// Whoever has this scope.
    case scope(Scope)
}

/// One route: what it takes, what it answers, who may use it, and what it does. The router and the OpenAPI document are
/// both made from it.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Call) async throws -> Reply

    var method: HTTPRequest.Method
    var path: PathTemplate
    var admission: Admission
    /// What the OpenAPI document says; nil for routes that it does not list.
    var operation: Operation?
    var parameters: [Parameter]
    /// Whether the handler reads the query by itself (streams have their own parser).
    var ownsQuery = false
    /// Whether the handler is done in far less than a millisecond between its waits and blocks on nothing: it is then run
    /// on the connection's event loop, which all its streams share.
    var isBrief = false
    var handler: Handler

    init(
        _ method: HTTPRequest.Method, _ path: String, _ admission: Admission, operation: Operation? = nil,
        parameters: [Parameter] = [], ownsQuery: Bool = false, isBrief: Bool = false, handler: @escaping Handler
    ) {
        self.method = method
        self.path = PathTemplate(path)
        self.admission = admission
        self.operation = operation
        self.parameters = parameters
        self.ownsQuery = ownsQuery
        self.isBrief = isBrief
        self.handler = handler
    }
}

/// All routes, and how a request finds its own.
struct RouteTable: Sendable {
    enum Match: Sendable {
        case found(Endpoint, parameters: [String: String])
        /// The path exists, with these methods.
        case wrongMethod(allow: [String], template: String)
        case unknown

        /// The path of the route; nil where there is none.
        var template: String? {
            switch self {
            case .found(let endpoint, _): endpoint.path.text
            case .wrongMethod(_, let template): template
            case .unknown: nil
            }
        }
    }

    let endpoints: [Endpoint]
    /// What answers GET and HEAD where no route fits: the page's files.
    let fallback: Endpoint?

    init(_ endpoints: [Endpoint], fallback: Endpoint? = nil) {
        self.endpoints = endpoints
        self.fallback = fallback
    }

    /// HEAD finds what GET finds.
    func match(_ method: HTTPRequest.Method, path: Substring) -> Match {
        let segments = PathTemplate.segments(of: path)
        let wanted: HTTPRequest.Method = method == .head ? .get : method
        var allow: [String] = []
        var template = ""
        for endpoint in endpoints {
            guard let parameters = endpoint.path.match(segments) else { continue }
            if endpoint.method == wanted { return .found(endpoint, parameters: parameters) }
            allow.append(endpoint.method.rawValue)
            if endpoint.method == .get { allow.append("HEAD") }
            template = endpoint.path.text
        }
        if !allow.isEmpty { return .wrongMethod(allow: allow, template: template) }
        let isPage = wanted == .get && segments.first != "api" && segments.first != "ws"
        if isPage, let fallback { return .found(fallback, parameters: [:]) }
        return .unknown
    }
}
