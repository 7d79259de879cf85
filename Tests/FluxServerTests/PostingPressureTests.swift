import FluxAccess
import FluxEvents
import FluxLog
import Glibc
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import FluxServer

/// Connections that post when the server stops, and when nobody reads what it answers.
@Suite struct PostingPressureTests {
    private func post(_ server: ServerUnderTest, _ id: String, padding: Int = 0) -> [UInt8] {
        let (name, value) = server.bearer(.ingest)
        let body =
            #"{"id":"\#(id)","type":"com.example.pressure","data":{"p":"\#(String(repeating: "p", count: padding))"}}"#
        let head =
            "POST /api/stream/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): \(value)\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return Array((head + body).utf8)
    }

    @Test func aPostUnderWayWhenTheServerStopsIsAnsweredAndInTheLog() async throws {
        try await ServerUnderTest.run { server async throws in
            // Connections that have posted and wait: they are closed when the server stops, so that is when it has.
            var idle: [Wire] = []
            for number in 0..<4 {
                let wire = try await Wire(port: server.http.port)
                wire.send(post(server, "idle-\(number)"))
                _ = try await wire.until("]}")
                idle.append(wire)
            }
            // Holds the log's own thread when a group is on disk and nobody was told.
            let gate = Gate()
            let follower = server.events.follow { _ in gate.wait() }
            defer {
                follower.cancel()
                gate.open()
            }
            let wire = try await Wire(port: server.http.port)
            wire.send(post(server, "under-way"))
            #expect(try await eventually { server.events.bounds().head == 5 })
            await server.group.triggerGracefulShutdown()
            for wire in idle { #expect(try await wire.rest().isEmpty) }
            follower.cancel()
            gate.open()
            let answer = try RawHTTP.parse(try await wire.rest())
            #expect(answer.status == 202)
            #expect(try answer.json["events"]?[0]?["id"]?.string == "under-way")
            #expect(try answer.json["events"]?[0]?["offset"]?.int64 == 4)
            let kept = try await server.events.read(from: 4, maxBytes: 1 << 20).records
            #expect(try kept.map { try Event(record: $0.record).id } == ["under-way"])
        }
    }

    @Test func whoPostsOnAndOnAndReadsNothingIsReadNoFurther() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.writeStallTimeout = .seconds(600) }) {
            server async throws in
            let wire = try await Wire(port: server.http.port, receiveBuffer: 4096)
            let piece = post(server, "again", padding: 3000)
            // Far more than the kernel holds for both ends.
            let most = 64 << 20
            let sent = try await wire.pour(piece, most: most)
            #expect(sent < most, "the server has read all of it")
            // Meanwhile others are served.
            for number in 0..<20 {
                let other = try await server.post(
                    "/api/stream/events", as: .ingest, #"{"id":"o\#(number)","type":"com.example.pressure","data":{}}"#)
                #expect(other.status == 202)
            }
            // Who reads at last is answered all that was asked.
            let whole = sent / piece.count
            #expect(whole > 100)
            #expect(try await wire.count("HTTP/1.1 202 ", upTo: whole) == whole)
            #expect(server.events.bounds().head == 21)
        }
    }
}

/// Holds a thread that is not one of Swift's own until it is opened, or half a minute.
private final class Gate: Sendable {
    private let isOpen = Atomic<Bool>(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() {
        let deadline = ContinuousClock.now + .seconds(240)
        while !isOpen.load(ordering: .acquiring), ContinuousClock.now < deadline { usleep(1000) }
    }
}
