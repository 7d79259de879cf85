import CLogBaseline
import FluxEvents
import FluxLog
import Foundation
import NIOCore

/// `log-bench append DIR [SECONDS] [ROUNDS]`, `log-bench fill DIR EVENTS [kill]`, `log-bench open DIR`,
/// `log-bench read DIR`. DIR must lie on the disk that is to be measured.
let arguments = Array(CommandLine.arguments.dropFirst())

/// 150 bytes of `data`, about 480 bytes on disk.
func event(_ number: Int) -> Record {
    let id = "evt_" + String(repeating: "0", count: max(0, 22 - String(number).count)) + String(number)
    let head = #"{"file_name":"reports/2026/report-\#(number).pdf","provider":"file","bucket":"/srv/reports","#
    let data =
        head + "\"operation\":\"write\",\"note\":\"" + String(repeating: "n", count: max(0, 122 - head.utf8.count))
        + "\"}"
    func header(_ name: String, _ value: String) -> RecordHeader {
        RecordHeader(name: name, value: ByteBuffer(string: value))
    }
    return Record(
        key: ByteBuffer(string: "file::/srv/reports:reports/2026/report-\(number).pdf"),
        value: ByteBuffer(string: data),
        headers: [
            header("ce_specversion", "1.0"), header("ce_id", id), header("ce_source", "file:///srv/reports"),
            header("ce_type", "io.cloudflux.cloud.upload.v1"),
            header("ce_subject", "reports/2026/report-\(number).pdf"),
            header("ce_time", "2026-11-24T18:00:00.000Z"), header("content-type", "application/json"),
        ])
}

let identify: EmbeddedLogConfiguration.Identify = { record, key in
    guard let id = record.headers.first(where: { $0.name == "ce_id" })?.value else { return nil }
    var high = key.0
    var low = key.1
    id.withUnsafeReadableBytes { bytes in
        for byte in bytes {
            high = (high ^ UInt64(byte)) &* 0x100_0000_01B3
            low = (low &+ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
            low ^= low >> 29
        }
    }
    return (high, low)
}

func open(_ directory: String) throws -> EmbeddedLog {
    var configuration = EmbeddedLogConfiguration()
    configuration.identify = identify
    return try EmbeddedLog.open(directory: directory, configuration: configuration)
}

func measured<T>(_ body: () throws -> T) rethrows -> (T, Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    let (seconds, attoseconds) = (clock.now - start).components
    return (result, Double(seconds) + Double(attoseconds) * 1e-18)
}

/// Events a second and bytes and events a group of `writers` tasks that append one event after the other.
func append(_ directory: String, writers: Int, seconds: Double, from first: Int) async throws -> (
    rate: Double, groupBytes: Double, groupEvents: Double
) {
    let log = try open(directory)
    let events = log.topic("events")
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .milliseconds(Int(seconds * 1000))
    let total = try await withThrowingTaskGroup(of: Int.self) { group in
        for writer in 0..<writers {
            group.addTask {
                var count = 0
                while clock.now < end {
                    _ = try await events.append([event(first + writer * 1_000_000 + count)])
                    count += 1
                }
                return count
            }
        }
        return try await group.reduce(0, +)
    }
    let (whole, rest) = (clock.now - start).components
    let statistics = log.statistics.topics[0]
    await log.close()
    return (
        Double(total) / (Double(whole) + Double(rest) * 1e-18),
        Double(statistics.appendedBytes) / Double(statistics.groups),
        Double(statistics.appendedRecords) / Double(statistics.groups)
    )
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

switch arguments.first {
case "append" where arguments.count >= 2:
    let seconds = arguments.count > 2 ? Double(arguments[2]) ?? 2 : 2
    let rounds = arguments.count > 3 ? Int(arguments[3]) ?? 5 : 5
    var results: [Int: [(ours: Double, bare: Double, events: Double)]] = [:]
    for round in 0..<rounds {
        for writers in [1, 16, 256] {
            let directory = "\(arguments[1])/bench-\(round)-\(writers)"
            let ours = try await append(directory, writers: writers, seconds: seconds, from: 0)
            let groups = clog_baseline("\(arguments[1])/bare", Int(ours.groupBytes), seconds)
            results[writers, default: []].append((ours.rate, groups * ours.groupEvents, ours.groupEvents))
            try? FileManager.default.removeItem(atPath: directory)
        }
    }
    try? FileManager.default.removeItem(atPath: "\(arguments[1])/bare")
    print(
        "writers  events/s  bare C loop  share  events a group  (medians of \(rounds) interleaved rounds of \(seconds) s)"
    )
    for writers in [1, 16, 256] {
        let rows = results[writers] ?? []
        let share = median(rows.map { $0.ours / $0.bare })
        print(
            writers, Int(median(rows.map(\.ours))), Int(median(rows.map(\.bare))),
            "\((share * 1000).rounded() / 10) %", (median(rows.map(\.events)) * 10).rounded() / 10, separator: "\t")
    }
case "fill" where arguments.count >= 3:
    let log = try open(arguments[1])
    let count = Int(arguments[2]) ?? 0
    var next = 0
    while next < count {
        let piece = min(1000, count - next)
        _ = try await log.topic("events").append((next..<next + piece).map { event($0) })
        next += piece
    }
    if arguments.last == "kill" { kill(getpid(), SIGKILL) }
    await log.close()
case "open" where arguments.count >= 2:
    let (log, seconds) = try measured { try open(arguments[1]) }
    let topic = log.statistics.topics[0]
    print("opened \(topic.head) events, \(topic.windowEvents) in the window, in \(Int(seconds * 1000)) ms")
    await log.close()
case "read" where arguments.count >= 2:
    let log = try open(arguments[1])
    let clock = ContinuousClock()
    let start = clock.now
    var next: Int64 = 0
    var count = 0
    while true {
        let chunk = try await log.topic("events").read(from: next, maxBytes: 64 << 10)
        count += chunk.records.count
        next = chunk.next
        if chunk.reachedHead { break }
    }
    let (whole, rest) = (clock.now - start).components
    print("read \(Int(Double(count) / (Double(whole) + Double(rest) * 1e-18))) events a second in pieces of 64 KiB")
    await log.close()
default:
    print("usage: log-bench append DIR [SECONDS] [ROUNDS] | fill DIR EVENTS [kill] | open DIR | read DIR")
    exit(2)
}
