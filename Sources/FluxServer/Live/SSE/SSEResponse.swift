import FluxEvents
import FluxLive
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Answers `GET /api/stream/live`: the stream as Server-Sent Events, by the same session as a WebSocket's.
///
/// A bad parameter is answered with a 400 problem document, a full or stopping server with 503.
///
/// - Parameter request: its target's query, and `Last-Event-ID`, which goes before `from`.
func sseResponse(_ request: Request, principal: StreamPrincipal, hub: LiveHub) -> Response {
    let wanted: StreamRequest
    do {
        wanted = try streamRequest(of: request, now: hub.now())
    } catch {
        return problem(
            LiveProblem(status: 400, title: "Bad Request", detail: error.message, parameter: error), status: .badRequest
        )
    }
    if let refusal = hub.refusal {
        let answer = UpgradeDecision.Refusal(refusal)
        var headers: HTTPFields = [.contentType: LiveProblem.mediaType]
        if let wait = answer.headers.first(name: "retry-after") { headers[.retryAfter] = wait }
        return Response(
            status: .serviceUnavailable, headers: headers, body: .init(byteBuffer: answer.problem))
    }
    var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
    // nginx would else collect events until its buffer is full.
    if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
    return Response(
        status: .ok, headers: headers,
        body: ResponseBody { writer in
            try await stream(wanted, principal: principal, hub: hub, request: request, to: &writer)
            try await writer.finish(nil)
        })
}

private func streamRequest(of request: Request, now: Timestamp) throws(StreamRequestError) -> StreamRequest {
    var wanted = try StreamRequest(target: request.head.path ?? "", now: now)
    if let name = HTTPField.Name("Last-Event-ID"), let last = request.headers[name], !last.isEmpty {
        do {
            wanted.from = try StartPoint(last)
        } catch {
            throw StreamRequestError(code: .badFrom, message: error.message, parameter: "Last-Event-ID")
        }
    }
    return wanted
}

private func problem(_ problem: LiveProblem, status: HTTPResponse.Status) -> Response {
    Response(
        status: status, headers: [.contentType: LiveProblem.mediaType], body: .init(byteBuffer: problem.bytes))
}

/// Writes until the stream or the client ends.
private func stream(
    _ wanted: StreamRequest, principal: StreamPrincipal, hub: LiveHub, request: Request,
    to writer: inout any ResponseBodyWriter
) async throws {
    let loop = hub.nextLoopHub()
    let queue = SSEQueue(hub: loop)
    defer { queue.gone() }
    loop.loop.execute { queue.open(wanted, principal: principal) }
    try await request.body.consumeWithInboundCloseHandler { _ in
        while let chunks = await queue.next() {
            let count = chunks.reduce(0) { $0 + $1.readableBytes }
            try await writer.write(contentsOf: chunks)
            queue.took(count)
        }
    } onInboundClosed: {
        queue.gone()
    }
}
