import FluxAccess
import FluxEvents
import FluxLog
import Glibc
import Logging
import NIOCore
import Synchronization
import Testing

@testable import FluxServer

/// Keeps log lines of level error for a test to look at.
final class CapturedLog: Sendable {
    private let kept = Mutex<[String]>([])

    var errors: [String] { kept.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.error

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            log.kept.withLock { $0.append("\(event.message) \(all)") }
        }
    }
}

@Suite struct GapTests {
    /// Fills a folder with five groups of 100 events and spoils the middle one.
    private func spoiltFolder() async throws -> String {
        let folder = try ServerUnderTest.temporaryFolder()
        try await ServerUnderTest.run(in: folder) { server async throws in
            for group in 0..<5 { try await server.fill(100, from: group * 100) }
        }
        let path = folder + "/log/events-0/00000000000000000000.log"
        let file = open(path, O_RDWR)
        try #require(file >= 0)
        defer { close(file) }
        var status = stat()
        fstat(file, &status)
        var byte: UInt8 = 0
        pread(file, &byte, 1, status.st_size / 2)
        byte ^= 0xFF
        pwrite(file, &byte, 1, status.st_size / 2)
        return folder
    }

    @Test func exportsAndListsGoOnOverWhatARepairLeftOutAndATableSaysInTheLogWhereItBreaksOff() async throws {
        let folder = try await spoiltFolder()
        defer { ServerUnderTest.removeFolder(folder) }
        let repair = try LogMaintenance.repair(directory: folder)
        #expect(repair.losses.map(\.from) == [200] && repair.losses.map(\.to) == [300])
        let captured = CapturedLog()
        try await ServerUnderTest.run(in: folder, logger: captured.logger) { server async throws in
            let export = try await server.ask("GET", "/api/stream/export?filter=type:com.example.test", as: .read)
            let lines = export.text.split(separator: "\n")
            #expect(export.status == 200 && lines.count == 401)
            #expect(lines.filter { $0.contains("\"type\":\"gap\"") && $0.contains("\"reason\":\"repair\"") }.count == 1)
            let clouds = try await server.ask("GET", "/api/stream/export?format=cloudevents", as: .read).json
            #expect(clouds.elements.filter { $0["type"]?.string == "io.cloudflux.system.gap.v1" }.count == 1)
            for order in ["asc", "desc"] {
                let page = try await server.ask("GET", "/api/stream/events?limit=1000&order=\(order)", as: .read).json
                #expect(page["events"]?.count == 400)
                // One loss is told once, also where a page ends before it.
                var told = 0
                var cursor = ""
                repeat {
                    let page = try await server.ask(
                        "GET", "/api/stream/events?limit=100&order=\(order)\(cursor)", as: .read
                    ).json
                    told += page["gaps"]?.count ?? 0
                    cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
                } while !cursor.isEmpty
                #expect(told == 1, "\(order)")
            }
            #expect(captured.errors.isEmpty, "\(captured.errors)")
            // A table has no place for a gap.
            let secret = server.tokens[.read] ?? ""
            _ = try? await server.ask("GET", "/api/stream/export?format=csv", as: .read)
            #expect(try await eventually { captured.errors.contains { $0.contains("broke off") } })
            let line = try #require(captured.errors.first { $0.contains("broke off") })
            #expect(line.contains("/api/stream/export") && line.contains("damaged") && !line.contains(secret))
        }
    }
}
