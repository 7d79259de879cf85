import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// The environment, files, programs and services of the machine that this runs on.
struct ProcessSurroundings: CredentialSurroundings {
    /// How long a program may take that gives credentials.
    static let programTimeout = Duration.seconds(60)

    let http: HTTPClient
    let variables: [String: String]
    let home: String

    init(http: HTTPClient) {
        self.http = http
        variables = ProcessInfo.processInfo.environment
        home = variables["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
    }

    func read(_ path: String) throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        return try file.read(upToCount: CredentialChain.maximumAnswerBytes).map { Array($0) } ?? []
    }

    func send(_ request: SmallRequest) async throws -> SmallAnswer {
        var asked = HTTPClientRequest(url: request.url)
        asked.method = HTTPMethod(rawValue: request.method)
        for header in request.headers { asked.headers.add(name: header.name, value: header.value) }
        if !request.body.isEmpty { asked.body = .bytes(ByteBuffer(bytes: request.body)) }
        let answer = try await http.execute(asked, timeout: request.timeout.timeAmount)
        let body = try await answer.body.collect(upTo: CredentialChain.maximumAnswerBytes)
        return SmallAnswer(status: Int(answer.status.code), body: Array(body.readableBytesView))
    }

    func run(_ words: [String]) async throws -> ProgramOutcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["--"] + words
        process.standardInput = FileHandle.nullDevice
        let (output, complaint) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = complaint
        let ended = Ended()
        process.terminationHandler = { ended.tell($0.terminationStatus) }
        try process.run()
        let id = process.processIdentifier
        let timer = Task {
            try await Task.sleep(for: Self.programTimeout)
            kill(id, SIGKILL)
        }
        defer { timer.cancel() }
        // Both are read while it runs: one that is full stops it.
        async let said = Self.all(of: output.fileHandleForReading)
        async let complained = Self.all(of: complaint.fileHandleForReading)
        let (text, why) = try await (said, complained)
        return ProgramOutcome(status: await ended.status(), output: text, complaint: why)
    }

    private static func all(of file: FileHandle) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: reading waits, and the pool that runs tasks shall not.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try file.read(upToCount: CredentialChain.maximumAnswerBytes).map { Array($0) } ?? []
                    })
            }
        }
    }

    /// An exit code that is waited for once, and told once.
    private final class Ended: Sendable {
        private struct State {
            var status: Int32?
            var waiter: CheckedContinuation<Int32, Never>?
        }
        private let state = Mutex(State())

        func tell(_ status: Int32) {
            let waiter = state.withLock { state in
                state.status = status
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: status)
        }

        func status() async -> Int32 {
            await withCheckedContinuation { continuation in
                let status = state.withLock { state -> Int32? in
                    if state.status == nil { state.waiter = continuation }
                    return state.status
                }
                if let status { continuation.resume(returning: status) }
            }
        }
    }
}
