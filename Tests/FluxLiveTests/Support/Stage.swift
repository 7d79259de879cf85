import FluxEvents
import FluxLog
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import FluxLive

/// A real log in a folder of its own, and a hub on it.
final class Stage {
    let folder: String
    let log: EmbeddedLog
    let group: MultiThreadedEventLoopGroup
    let hub: LiveHub

    /// - Parameter wrap: what the hub sees in place of the log's events.
    init(
        _ change: (inout LiveConfiguration) -> Void = { _ in },
        wrap: (any EventLog) -> any EventLog = { $0 }
    ) throws {
        folder = NSTemporaryDirectory() + "flux-live-\(UUID().uuidString)"
        var configuration = EmbeddedLogConfiguration()
        configuration.segmentBytes = 1 << 20
        configuration.durability = .none
        log = try EmbeddedLog.open(directory: folder, configuration: configuration)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        hub = LiveHub(
            group: group, events: wrap(log.topic("events")), simulated: log.topic("simulated"),
            configuration: limits { limits in
                // Where a machine is busy a test takes minutes, and heartbeats alone would fill a small reader.
                limits.heartbeat = .seconds(3_600)
                limits.stallTimeout = .seconds(3_600)
                change(&limits)
            }, now: { Timestamp.now() }, logger: Logger(label: "test"))
        hub.start()
    }

    func close() async throws {
        await hub.drain(within: .seconds(5))
        await log.close()
        try await group.shutdownGracefully()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

func eventually(
    _ what: Comment, location: SourceLocation = #_sourceLocation, _ isTrue: () -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(240)
    while !isTrue() {
        if ContinuousClock.now > deadline {
            Issue.record(what, sourceLocation: location)
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
