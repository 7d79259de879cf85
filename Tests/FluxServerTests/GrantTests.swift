import FluxAccess
import FluxEvents
import FluxLive
import NIOCore
import Testing

@testable import FluxServer

/// Streams and the sessions or tokens that opened them.
@Suite struct GrantTests {
    @Test func aTokenThatIsRevokedEndsItsStreamsAndNoOthers() async throws {
        try await ServerUnderTest.run { server async throws in
            let made = try await server.access.tokens.create(name: "reader", scopes: [.read])
            let bearer = ("Authorization", "Bearer " + made.secret.reveal())
            let socket = try await RawSocket(server, headers: [bearer])
            #expect(try await socket.message()?["type"]?.string == "connection")
            let events = try await Wire(port: server.http.port)
            events.send("GET /api/stream/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\(bearer.0): \(bearer.1)\r\n\r\n")
            _ = try await events.until("event: connection")
            let other = try await RawSocket(server, headers: [server.bearer(.read)])
            #expect(try await other.message()?["type"]?.string == "connection")
            _ = try await server.access.tokens.revoke(made.info.id)
            while try await socket.message() != nil {}
            #expect(socket.closeCode == 4501)
            _ = try await events.until("0\r\n\r\n")
            other.say(#"{"id":1,"action":"ping"}"#)
            #expect(try await other.message()?["type"]?.string == "ack")
        }
    }

    @Test func aStreamThatWasOpenedWhileItsGrantEndedIsFound() async throws {
        try await ServerUnderTest.run { server async throws in
            let made = try await server.access.tokens.create(name: "reader", scopes: [.read])
            let principal = try server.access.authenticate(.bearer(made.secret))
            _ = try await server.access.tokens.revoke(made.info.id)
            // Authorised before, open after: nobody is told of it any more.
            let sink = Sink()
            let hub = server.live.nextLoopHub()
            try await hub.loop.submit {
                sink.connection = hub.connect(
                    .success(StreamRequest()), framing: SSEFraming(), principal: principal.forStreams,
                    isWebSocket: false, sink: sink)
            }.get()
            let other = try await RawSocket(server, headers: [server.bearer(.read)])
            #expect(try await other.message()?["type"]?.string == "connection")
            let open = await server.live.openGrants()
            #expect(open.count == 2)
            let ended = server.access.ended(of: open)
            #expect(ended == [principal.grant])
            server.live.endStreams(of: ended)
            #expect(try await eventually { try await hub.loop.submit { sink.closed == .revoked }.get() })
            try await hub.loop.submit { sink.connection?.closed() }.get()
        }
    }

    /// `@unchecked Sendable`: touched on its loop only.
    private final class Sink: LiveSink, @unchecked Sendable {
        var connection: LiveConnection?
        var closed: LiveClose?
        var isWritable: Bool { true }
        var progress: SinkProgress { SinkProgress(pending: 0, taken: 0) }
        var supportsPing: Bool { false }
        func write(_ bytes: ByteBuffer) {}
        func ping() {}
        func close(_ why: LiveClose) { closed = why }
        func abort() {}
    }
}
