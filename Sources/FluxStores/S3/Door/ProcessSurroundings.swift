import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The environment, files, programs and services of the machine that this runs on.
struct ProcessSurroundings: CredentialSurroundings {
    /// How long a program may take that gives credentials.
    static let programTimeout = Duration.seconds(60)

    let http: HTTPClient
    let variables: [String: String]
    let home: String

    init(http: HTTPClient, variables: [String: String]) {
        self.http = http
        self.variables = variables
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
        let deadline = ContinuousClock.now + request.timeout
        let answer = try await http.execute(asked, timeout: request.timeout.timeAmount)
        var body: [UInt8] = []
        for try await piece in answer.body {
            body += piece.readableBytesView
            guard body.count <= CredentialChain.maximumAnswerBytes else { throw Trouble.tooLong }
            guard ContinuousClock.now < deadline else { throw Trouble.tooSlow }
        }
        return SmallAnswer(status: Int(answer.status.code), body: body)
    }

    func run(_ words: [String]) async throws -> ProgramOutcome {
        let variables = variables
        return try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: it waits for the program, and the pool that runs tasks shall not.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try ChildProgram.run(words, environment: variables, for: Self.programTimeout) })
            }
        }
    }

    enum Trouble: Error, CustomStringConvertible {
        case tooLong, tooSlow

        var description: String {
            switch self {
            case .tooLong: "the answer is longer than \(CredentialChain.maximumAnswerBytes) bytes"
            case .tooSlow: "the answer takes too long"
            }
        }
    }
}
