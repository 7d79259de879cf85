import FluxEvents
import FluxLive
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Answers `GET /api/stream/live`: the stream as Server-Sent Events, by the same session as a WebSocket's.
///
/// - Parameters:
///   - request: its target's query, and `Last-Event-ID`, which goes before `from`.
///   - channel: the request's connection.
/// - Throws: `StreamRequestError` for a bad parameter, `Problem` (503) where the server is full or stopping.
func sseResponse(
    _ request: Request, principal: StreamPrincipal, hub: LiveHub, channel: any Channel
) throws -> Response {
    let wanted = try streamRequest(of: request, now: hub.now())
    if let refusal = hub.refusal { throw Problem(live: refusal) }
    var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
    // nginx would else collect events until its buffer is full.
    if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
    return Response(
        status: .ok, headers: headers,
        body: ResponseBody { writer in
            try await stream(wanted, principal: principal, hub: hub, channel: channel, request: request, to: &writer)
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

/// Writes until the stream or the client ends.
private func stream(
    _ wanted: StreamRequest, principal: StreamPrincipal, hub: LiveHub, channel: any Channel, request: Request,
    to writer: inout any ResponseBodyWriter
) async throws {
    let loop = hub.loopHub(for: channel.eventLoop)
    let queue = SSEQueue(hub: loop, channel: channel)
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
