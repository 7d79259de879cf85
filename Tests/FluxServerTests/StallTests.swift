import FluxAccess
import FluxEvents
import FluxLive
import Glibc
import NIOCore
import Testing

@testable import FluxServer

/// Clients that ask and then read nothing.
@Suite struct StallTests {
    /// More than the kernel holds for both ends of a connection.
    private static let events = 500
    private static let padding = 24_000

    private func stalled(
        _ server: ServerUnderTest, _ target: String, receiveBuffer: Int32? = 4096
    ) async throws -> Wire {
        let wire = try await Wire(port: server.http.port, receiveBuffer: receiveBuffer)
        let (name, value) = server.bearer(.read)
        wire.send("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): \(value)\r\n\r\n")
        return wire
    }

    /// Reads on until the end or until the task is cancelled.
    private static func drain(_ wire: Wire) async {
        while !Task.isCancelled, let piece = try? await wire.some(), !piece.isEmpty {}
    }

    @Test func exportsThatNobodyReadsGiveTheirPlacesBack() async throws {
        try await ServerUnderTest.run(
            configure: Tweak {
                $0.maxExports = 2
                $0.writeStallTimeout = .seconds(4)
            }
        ) { server async throws in
            try await server.fill(Self.events, padding: Self.padding)
            let one = try await stalled(server, "/api/stream/export")
            let two = try await stalled(server, "/api/stream/export")
            #expect(try await one.some().starts(with: Array("HTTP/1.1 200".utf8)))
            #expect(try await two.some().starts(with: Array("HTTP/1.1 200".utf8)))
            #expect(try await server.ask("GET", "/api/stream/export", as: .read).status == 503)
            let answer = try await eventually {
                try await server.ask("GET", "/api/stream/export?filter=data.n%3C3", as: .read).status == 200
            }
            #expect(answer)
            #expect(try await eventually { !one.isEstablished && !two.isEstablished })
            let metrics = try await server.ask("GET", "/metrics", as: .read).text
            #expect(metrics.contains("cloudflux_http_connections_cut_total{reason=\"stalled\"} 2\n"))
            #expect(metrics.contains("cloudflux_exports_running 0\n"))
            #expect(metrics.contains("cloudflux_exports_total{result=\"cut\"} 2\n"))
            #expect(metrics.contains("cloudflux_exports_total{result=\"whole\"} 1\n"))
        }
    }

    @Test func listsAndFilesThatNobodyReadsAreCutOff() async throws {
        let root = try ServerUnderTest.temporaryFolder()
        defer { ServerUnderTest.removeFolder(root) }
        let file = try #require(fopen(root + "/big-5f2b91c0.txt", "w"))
        for _ in 0..<Self.events { fputs(String(repeating: "y", count: Self.padding), file) }
        fclose(file)
        try await ServerUnderTest.run(
            configure: Tweak {
                $0.webRoot = root
                $0.writeStallTimeout = .seconds(4)
            }
        ) { server async throws in
            try await server.fill(Self.events, padding: Self.padding)
            for target in ["/api/stream/events?limit=1000", "/big-5f2b91c0.txt"] {
                let wire = try await stalled(server, target)
                #expect(try await wire.some().starts(with: Array("HTTP/1.1 200".utf8)), "\(target)")
                #expect(try await eventually { !wire.isEstablished }, "\(target)")
                // Who reads gets all.
                #expect(try await server.ask("GET", target).body.readableBytes >= Self.events * Self.padding)
            }
        }
    }

    @Test func aLiveReaderThatTakesNothingIsCutOffAndCounted() async throws {
        try await ServerUnderTest.run(
            streams: StreamTweak {
                $0.stallTimeout = .seconds(3)
                $0.heartbeat = .milliseconds(500)
            }
        ) { server async throws in
            let wire = try await stalled(server, "/api/stream/live")
            _ = try await wire.until("event: connection")
            // One that has nothing to read but heartbeats, and reads them; the kernel takes them, however slow we are.
            let reader = try await stalled(server, "/api/stream/live?filter=type:none", receiveBuffer: nil)
            _ = try await reader.until("event: connection")
            let reading = Task { await Self.drain(reader) }
            defer { reading.cancel() }
            try await server.fill(Self.events, padding: Self.padding)
            #expect(try await eventually { !wire.isEstablished })
            #expect(try await eventually { server.live.statistics.subscribers == 1 })
            #expect(server.live.statistics.stalled == 1)
            #expect(reader.isEstablished)
        }
    }

    @Test func aPeerThatTakesAnythingIsNotStalled() {
        var watch = WriteStallWatch()
        let timeout = TimeAmount.seconds(60)
        var now = NIODeadline.uptimeNanoseconds(1_000)
        for step in 1...100 as ClosedRange<UInt64> {
            let progress = SocketProgress(acknowledged: step / 3, pending: 1 << 20, buffered: 5)
            #expect(watch.look(at: progress, now: now, timeout: timeout) == .again(.seconds(15)))
            now = now + .seconds(15)
        }
        let stuck = SocketProgress(acknowledged: 33, pending: 9, buffered: 5)
        var verdicts: [WriteStallWatch.Verdict] = []
        for _ in 0..<5 {
            verdicts.append(watch.look(at: stuck, now: now, timeout: timeout))
            now = now + .seconds(15)
        }
        #expect(verdicts.contains(.stalled))
        // A kernel that counts no acknowledged bytes: our own buffer shrinks.
        var blind = WriteStallWatch()
        now = .uptimeNanoseconds(1_000)
        for step in 0..<50 {
            let progress = SocketProgress(acknowledged: 0, pending: 0, buffered: 100_000 - step)
            #expect(blind.look(at: progress, now: now, timeout: timeout) != .stalled)
            now = now + .seconds(59)
        }
        #expect(
            blind.look(at: SocketProgress(acknowledged: 0, pending: 0, buffered: 0), now: now, timeout: timeout)
                == .done)
    }
}
