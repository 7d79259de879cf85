import FluxEvents
import FluxLog
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What Hummingbird makes for each request: the connection and a logger.
struct GatewayContext: Sendable, InitializableFromSource {
    let channel: any Channel
    let logger: Logger

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        logger = source.logger
    }
}

/// The one way in: checks host and origin, finds the route, lets in or refuses, runs the handler, turns errors into
/// problem documents, and gives every answer its security headers and metrics. The order is fixed and stands in
/// `respond`.
struct Gateway: HTTPResponder {
    typealias Context = GatewayContext

    let routes: RouteTable
    let doorkeeper: Doorkeeper
    let configuration: ServerConfiguration
    let metrics: RequestMetrics
    let drain: DrainState
    let logger: Logger

    /// How long a client may take to read an answer that ends its connection.
    static let lastWordTime = TimeAmount.seconds(2)

    func respond(to request: Request, context: GatewayContext) async throws -> Response {
        let begin = ContinuousClock.now
        let id = RequestName.next()
        var logger = logger
        logger[metadataKey: "request_id"] = .string(id)
        let isHead = request.method == .head
        let target = request.head.path ?? "/"
        let (path, query) = Self.split(target)
        var route = "unknown"
        var reply: Reply
        var closes = false
        do {
            reply = try await answer(
                request, target: target, path: path, query: query, id: id, context: context, logger: logger,
                route: &route)
        } catch let problem as Problem {
            reply = .problem(problem, request: id)
            closes = problem.closesConnection
        } catch {
            let problem = Problem(
                any: error, retryAfter: configuration.retryAfterSeconds,
                maxHeaderBytes: configuration.maxHeaderBytes)
            if problem.status >= 500, problem.status != 503 {
                logger.error("a request failed", metadata: ["route": "\(route)", "error": "\(error)"])
            }
            reply = .problem(problem, request: id)
            closes = problem.closesConnection
        }
        metrics.count(route: route, method: request.method, status: reply.status, took: .now - begin)
        logger.debug(
            "answered", metadata: ["method": "\(request.method)", "route": "\(route)", "status": "\(reply.status)"])
        return finish(
            reply, id: id, route: route, isHead: isHead, closes: closes, channel: context.channel, logger: logger)
    }

    private func answer(
        _ request: Request, target: String, path: Substring, query: Substring?, id: String, context: GatewayContext,
        logger: Logger, route: inout String
    ) async throws -> Reply {
        guard target.utf8.count <= configuration.maxURIBytes else {
            throw Problem(
                414, "address_too_long", "The address is longer than \(configuration.maxURIBytes) bytes; shorten it.")
        }
        guard target.utf8.first == 0x2F, !path.utf8.contains(0) else {
            throw Problem(400, "bad_target", "The request's target must begin with “/”.")
        }
        // Found before anything is refused, so that every refusal is counted where it belongs.
        let match = routes.match(request.method, path: path)
        route = match.template ?? route
        if let text = request.headers[.contentLength], let length = Int64(text), length > configuration.maxBodyBytes {
            var problem = Problem(
                413, "body_too_large", "The body is larger than \(configuration.maxBodyBytes) bytes (max-body-bytes).")
            problem.closesConnection = true
            throw problem
        }
        let visit = visit(request, path: path, query: query, channel: context.channel)
        try doorkeeper.checkOrigin(visit)
        let endpoint: Endpoint
        let pathParameters: [String: String]
        switch match {
        case .found(let found, let parameters):
            endpoint = found
            pathParameters = parameters
        case .wrongMethod(let allow, _):
            throw Problem(
                405, "method_not_allowed",
                "\(Problem.shown(request.method.rawValue)) is not possible here; use \(allow.joined(separator: ", ")).",
                members: [], fields: [.allow: allow.joined(separator: ", ")])
        case .unknown:
            throw Problem(404, "no_such_route", "There is nothing at \(Problem.shown(String(path))).")
        }
        let principal = try doorkeeper.admit(visit, to: endpoint.admission)
        let checked = endpoint.ownsQuery ? nil : query
        for parameter in endpoint.parameters where parameter.place == .path {
            try parameter.check(pathParameters[parameter.name] ?? "")
        }
        let call = Call(
            request: request, method: endpoint.method, target: target, pathParameters: pathParameters,
            query: try QueryParameters(checked, for: endpoint.parameters), principal: principal, id: id,
            address: visit.ends.address, secure: doorkeeper.isSecure, channel: context.channel, limits: configuration,
            logger: logger)
        if endpoint.isBrief { return try await endpoint.handler(call) }
        return try await offLoop { try await endpoint.handler(call) }
    }

    private func visit(
        _ request: Request, path: Substring, query: Substring?, channel: any Channel
    ) -> Doorkeeper.Visit {
        Doorkeeper.Visit(
            method: request.method, path: path, query: query, host: request.head.authority,
            origin: request.headers[.origin], authorization: request.headers[.authorization],
            cookie: request.headers[values: .cookie].isEmpty
                ? nil : request.headers[values: .cookie].joined(separator: "; "),
            csrf: request.headers[SecurityHeaders.named("X-CSRF-Token")],
            fetchSite: request.headers[SecurityHeaders.named("Sec-Fetch-Site")],
            fetchMode: request.headers[SecurityHeaders.named("Sec-Fetch-Mode")],
            fetchDest: request.headers[SecurityHeaders.named("Sec-Fetch-Dest")],
            ends: ConnectionEnds(of: channel))
    }

    private func finish(
        _ reply: Reply, id: String, route: String, isHead: Bool, closes: Bool, channel: any Channel, logger: Logger
    ) -> Response {
        // Whether the rest of the request is not waited for.
        var cutsOff = closes
        var response: Response
        switch reply.body {
        case .response(let made):
            response = made
        case .none:
            response = Response(status: .init(code: reply.status), headers: reply.fields)
        case .bytes(let bytes):
            var fields = reply.fields
            if isHead { fields[.contentLength] = String(bytes.readableBytes) }
            response = Response(
                status: .init(code: reply.status), headers: fields,
                body: isHead ? ResponseBody() : ResponseBody(byteBuffer: bytes))
        case .stream(let produce):
            var fields = reply.fields
            if isHead {
                // How long it would be is not known; without a length the connection's end is what ends the answer.
                cutsOff = true
                response = Response(status: .init(code: reply.status), headers: fields)
                response.headers[.contentLength] = nil
            } else {
                fields[.contentLength] = nil
                response = Response(
                    status: .init(code: reply.status), headers: fields,
                    body: ResponseBody { writer in
                        var body: any ResponseBodyWriter = WatchedWriter(writer)
                        do {
                            try await offLoop { try await produce(&body) }
                        } catch {
                            Self.brokenOff(error, body, route: route, channel: channel, logger: logger)
                            throw error
                        }
                        try await body.finish(nil)
                    })
            }
        }
        SecurityHeaders.add(to: &response.headers, secure: doorkeeper.isSecure)
        response.headers[SecurityHeaders.named("X-Request-Id")] = id
        if cutsOff || drain.isDraining { response.headers[.connection] = "close" }
        if cutsOff {
            // The client gets a moment to read the answer before the rest of its request is thrown away.
            channel.eventLoop.scheduleTask(in: Self.lastWordTime) { channel.close(promise: nil) }
        }
        return response
    }

    /// The status is on its way already, so a body that cannot go on can only be cut short: the log says why.
    private static func brokenOff(
        _ error: any Error, _ body: any ResponseBodyWriter, route: String, channel: any Channel, logger: Logger
    ) {
        let why = (error as? Problem).map { "\($0.code): \($0.detail)" } ?? "\(error)"
        let metadata: Logger.Metadata = ["route": "\(route)", "error": "\(why)"]
        if (body as? WatchedWriter)?.hasFailed == true {
            logger.debug("the client left in the middle of an answer", metadata: metadata)
        } else if error is CancellationError {
            // Cancelled with the client still there: it is the server that ends.
            let level: Logger.Level = channel.isActive ? .warning : .debug
            logger.log(level: level, "an answer was cut short by its cancellation", metadata: metadata)
        } else {
            logger.error("an answer broke off in the middle", metadata: metadata)
        }
    }

    /// The path and, where there is a `?`, the query of a request target.
    static func split(_ target: String) -> (path: Substring, query: Substring?) {
        let bare = target.prefix { $0 != "#" }
        guard let mark = bare.utf8.firstIndex(of: 0x3F) else { return (bare, nil) }
        return (bare[..<mark], bare[bare.index(after: mark)...])
    }
}

/// Does what may take long or block where it holds up no event loop.
func offLoop<T, Failure: Error>(
    isolation: isolated (any Actor)? = #isolation, _ work: () async throws(Failure) -> T
) async throws(Failure) -> T {
    try await withTaskExecutorPreference(globalConcurrentExecutor, operation: work)
}
