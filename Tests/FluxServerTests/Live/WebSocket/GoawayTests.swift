import FluxEvents
import FluxLive
import FluxLog
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import FluxServer

@Suite struct GoawayTests {
    /// The listener tells its connections that it stops; the hub may hear of it later.
    @Test func aListenerThatStopsFirstMakesNobodyMissTheGoaway() async throws {
        let folder = try ServerUnderTest.temporaryFolder()
        defer { ServerUnderTest.removeFolder(folder) }
        let log = try EmbeddedLog.open(directory: folder, configuration: EmbeddedLogConfiguration())
        let frames = try frames(of: log)
        try #require(frames.map(\.0) == [1, 1, 8])
        #expect(String(buffer: frames[0].1).contains("\"type\":\"connection\""))
        let goaway = String(buffer: frames[1].1)
        #expect(goaway.contains("\"type\":\"goaway\"") && goaway.contains("\"retry_after_ms\":"))
        #expect(frames[2].1.getInteger(at: frames[2].1.readerIndex, as: UInt16.self) == 1001)
        await log.close()
    }

    /// On one thread, as an embedded loop must be.
    private func frames(of log: EmbeddedLog) throws -> [(UInt8, ByteBuffer)] {
        let channel = EmbeddedChannel()
        let hub = LiveHub(
            group: channel.embeddedEventLoop, events: log.topic("events"), now: { Timestamp.now() },
            logger: Logger(label: "test"))
        hub.start()
        let application = StreamApplication(
            hub: hub.loopHub(for: channel.eventLoop), request: .success(StreamRequest()), isCloudEvents: false,
            framing: WebSocketFraming(), principal: StreamPrincipal(name: "t", grant: "g"))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.pipeline.syncOperations.addHandler(
            WebSocketHandler(application: application, maxMessageBytes: 1_000, inflater: nil))
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.embeddedEventLoop.run()
        hub.stop()
        var found: [(UInt8, ByteBuffer)] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
            var bytes = bytes
            while let (first, second) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self) {
                let length = second == 126 ? Int(bytes.readInteger(as: UInt16.self) ?? 0) : Int(second)
                found.append((first & 15, bytes.readSlice(length: length) ?? ByteBuffer()))
            }
        }
        return found
    }
}
