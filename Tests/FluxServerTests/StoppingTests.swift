import FluxAccess
import FluxEvents
import FluxLive
import FluxLog
import NIOCore
import ServiceLifecycle
import Testing

@testable import FluxServer

@Suite struct StoppingTests {
    @Test func aRequestThatRunsIsAnsweredWhenTheServerStops() async throws {
        try await ServerUnderTest.run { server async throws in
            let (name, value) = server.bearer(.ingest)
            let body = #"{"type":"com.example.a","data":{}}"#
            let socket = try await SlowRequest(
                port: server.http.port,
                head: "POST /api/stream/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): \(value)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n{")
            #expect(try await eventually { server.log.health.acceptsAppends })
            try await Task.sleep(for: .milliseconds(100))
            await server.group.triggerGracefulShutdown()
            try await Task.sleep(for: .milliseconds(100))
            let answer = try RawHTTP.parse(try await socket.finish(String(body.dropFirst())))
            #expect(answer.status == 202)
            #expect(server.events.bounds().head == 1)
        }
    }

    @Test func aLiveStreamIsToldAndEnds() async throws {
        try await ServerUnderTest.run { server async throws in
            try await server.fill(3)
            let (name, value) = server.bearer(.read)
            let socket = try await SlowRequest(
                port: server.http.port,
                head: "GET /api/stream/live?from=earliest HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): \(value)\r\n\r\n")
            #expect(try await eventually { server.live.statistics.subscribers == 1 })
            await server.group.triggerGracefulShutdown()
            let text = String(decoding: try await socket.finish(""), as: UTF8.self)
            #expect(text.contains("200 OK"))
            #expect(text.contains("text/event-stream"))
            #expect(text.contains("event: goaway"))
            #expect(text.contains("fill-com.example.test-2"))
        }
    }
}
