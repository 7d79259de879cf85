import FluxTesting
import Foundation
import Synchronization
import Testing

@testable import FluxAccess

/// A folder that goes with the test.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "flux-access-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var state: String { path + "/state.sqlite" }
}

/// A clock that stands until a test moves it.
final class TestClock: Sendable {
    private let value = Mutex<Int64>(1_800_000_000_000)

    var milliseconds: Int64 { value.withLock { $0 } }
    var now: @Sendable () -> Int64 { { self.milliseconds } }

    func advance(_ milliseconds: Int64) {
        value.withLock { $0 += milliseconds }
    }
}

/// What happened, from any thread.
final class Recorder<Element: Sendable>: Sendable {
    private let value = Mutex<[Element]>([])

    var all: [Element] { value.withLock { $0 } }

    func add(_ element: Element) {
        value.withLock { $0.append(element) }
    }
}

/// Waits for something that another thread brings about.
func eventually(
    within limit: Duration = .seconds(240), _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

extension AccessConfiguration {
    /// Cheap passwords, so that tests test something else.
    static var quick: AccessConfiguration {
        var configuration = AccessConfiguration()
        configuration.passwordCost = PasswordCost(logRounds: 4, blockSize: 8, parallelism: 1)
        return configuration
    }
}

/// The error that `body` throws, or a failure of the test.
func accessError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async throws -> AccessError {
    try #require(
        await #expect(throws: AccessError.self, sourceLocation: sourceLocation) { try await body() },
        sourceLocation: sourceLocation)
}

extension SeededRandom {
    /// Up to `length` bytes, mostly those that the parsers look for.
    mutating func text(upTo length: Int, of alphabet: String) -> String {
        let letters = Array(alphabet)
        return String(
            (0..<Int.random(in: 0...length, using: &self)).map { _ in letters.randomElement(using: &self) ?? "x" })
    }
}

let aliceName = "alice"
let alicePassword = Secret("correct horse battery")

extension AccessControl {
    /// An open file with one administrator, alice.
    static func withAlice(
        _ folder: TestFolder, clock: TestClock, configuration: AccessConfiguration = .quick
    ) async throws -> AccessControl {
        let access = try AccessControl(path: folder.state, configuration: configuration, now: clock.now)
        try await access.users.add(name: aliceName, password: alicePassword)
        return access
    }

    func loginAlice(issueToken: Bool = false) async throws -> SignedIn {
        try await login(username: aliceName, password: alicePassword, address: "192.0.2.1", issueToken: issueToken)
    }
}

/// The permission bits of a file.
func permissions(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? NSNumber).intValue
}
