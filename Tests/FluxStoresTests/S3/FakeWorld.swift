import FluxEvents
import Synchronization

@testable import FluxStores

/// Surroundings made of values.
final class FakeWorld: CredentialSurroundings {
    struct Nothing: Error {}

    let variables: [String: String]
    let home = "/home/me"
    private let files: [String: String]
    private let answer: @Sendable (SmallRequest) -> SmallAnswer?
    private let program: @Sendable ([String]) -> ProgramOutcome?
    private let sent = Mutex<[SmallRequest]>([])

    init(
        _ variables: [String: String] = [:], files: [String: String] = [:],
        program: @escaping @Sendable ([String]) -> ProgramOutcome? = { _ in nil },
        answer: @escaping @Sendable (SmallRequest) -> SmallAnswer? = { _ in nil }
    ) {
        self.variables = variables
        self.files = files
        self.program = program
        self.answer = answer
    }

    var requests: [SmallRequest] { sent.withLock { $0 } }

    func read(_ path: String) throws -> [UInt8]? { files[path].map { Array($0.utf8) } }

    func run(_ words: [String]) async throws -> ProgramOutcome {
        guard let outcome = program(words) else { throw Nothing() }
        return outcome
    }

    func send(_ request: SmallRequest) async throws -> SmallAnswer {
        sent.withLock { $0.append(request) }
        guard let answer = answer(request) else { throw Nothing() }
        return answer
    }
}
