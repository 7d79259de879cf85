import FluxEvents
import Foundation
import NIOCore
import Synchronization

@testable import FluxLog

/// A folder that goes when the value does.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        self.path = NSTemporaryDirectory() + "fluxlog-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }
}

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time: Mutex<Int64>

    init(_ milliseconds: Int64 = 1_700_000_000_000) { self.time = Mutex(milliseconds) }

    var now: Timestamp {
        get { Timestamp(milliseconds: self.time.withLock { $0 }) }
        set { self.time.withLock { $0 = newValue.milliseconds } }
    }

    func advance(_ milliseconds: Int64) { self.time.withLock { $0 += milliseconds } }
}

func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

func record(_ id: String, size: Int = 0) -> Record {
    Record(
        key: bytes("key-" + id),
        value: bytes(#"{"id":""# + id + "\"" + String(repeating: " ", count: size) + "}"),
        headers: [RecordHeader(name: "ce_id", value: bytes(id)), RecordHeader(name: "nothing", value: nil)])
}

func id(of record: Record) -> String {
    record.headers.first { $0.name == "ce_id" }?.value.map { String(buffer: $0) } ?? "?"
}

/// What the vocabulary does in the real server, simpler: a hash of the id under the key.
let identifyByID: EmbeddedLogConfiguration.Identify = { record, key in
    guard let id = record.headers.first(where: { $0.name == "ce_id" })?.value else { return nil }
    var high = key.0
    var low = key.1
    for byte in id.readableBytesView {
        high = (high ^ UInt64(byte)) &* 0x100_0000_01B3
        low = (low &+ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
        low ^= low >> 29
    }
    return (high, low)
}

func configuration(_ change: (inout EmbeddedLogConfiguration) -> Void = { _ in }) -> EmbeddedLogConfiguration {
    var configuration = EmbeddedLogConfiguration()
    configuration.identify = identifyByID
    configuration.diskReserveBytes = 0
    configuration.dedupEvents = 100_000
    change(&configuration)
    return configuration
}

/// Reads a topic from `offset` to its head.
func readAll(_ log: any EventLog, from offset: Int64 = 0, maxBytes: Int = 4096) async throws -> [StoredRecord] {
    var records: [StoredRecord] = []
    var next = offset
    while true {
        let chunk = try await log.read(from: next, maxBytes: maxBytes)
        records += chunk.records
        if chunk.reachedHead { return records }
        next = chunk.next
    }
}
