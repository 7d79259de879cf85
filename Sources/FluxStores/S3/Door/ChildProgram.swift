import CFluxSystem
import Glibc

/// Runs a program to its end, or to a deadline, on the calling thread.
enum ChildProgram {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// After the program has ended, what it left running may hold its output open; so long it is still read (milliseconds).
    private static let afterwards: Int64 = 250
    /// How often it is looked whether the program has ended while it says nothing (milliseconds).
    private static let look: Int32 = 50

    /// - Parameter limit: then it is killed with all that it started.
    /// - Throws: `Failure` where it cannot be started, or takes too long, or says too much.
    static func run(
        _ words: [String], environment: [String: String], for limit: Duration
    ) throws(Failure) -> ProgramOutcome {
        let (output, complaint) = (try pipe(), try pipe())
        defer { for end in [output.read, complaint.read] { close(end) } }
        let id: pid_t
        do throws(Failure) {
            id = try spawn(words, environment, output: output.write, complaint: complaint.write)
        } catch {
            for end in [output.write, complaint.write] { close(end) }
            throw error
        }
        // While ours are open there is no end.
        for end in [output.write, complaint.write] { close(end) }
        var (said, complained): ([UInt8], [UInt8]) = ([], [])
        var (isSaying, isComplaining) = (true, true)
        let deadline = Monotonic.now() + limit.components.seconds * 1000
        var status: Int32?
        var end = Int64.max
        while isSaying || isComplaining || status == nil {
            if status == nil, let ended = wait(id, WNOHANG) {
                status = ended
                end = Monotonic.now() + afterwards
            }
            let now = Monotonic.now()
            if now >= end { break }
            guard now < deadline, said.count <= CredentialChain.maximumAnswerBytes else {
                kill(-id, SIGKILL)
                if status == nil { _ = wait(id, 0) }
                throw Failure(description: now < deadline ? "it says too much" : "it takes longer than \(limit)")
            }
            var descriptors = [
                pollfd(fd: isSaying ? output.read : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isComplaining ? complaint.read : -1, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&descriptors, 2, look) > 0 else { continue }
            if descriptors[0].revents != 0 { isSaying = read(output.read, into: &said) }
            if descriptors[1].revents != 0 { isComplaining = read(complaint.read, into: &complained) }
        }
        return ProgramOutcome(status: status ?? -1, output: said, complaint: complained)
    }

    private static func spawn(
        _ words: [String], _ environment: [String: String], output: Int32, complaint: Int32
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, complaint, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, to be killed with all that it started; and it minds the signals that we do not.
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var id = pid_t()
        let failure = posix_spawnp(&id, words[0], &actions, &attributes, &arguments, &variables)
        guard failure == 0 else { throw Failure(description: SystemFailure.text(failure)) }
        return id
    }

    /// The exit code, 128 and the signal's number where it died of one; nil where it runs.
    private static func wait(_ id: pid_t, _ options: Int32) -> Int32? {
        var status: Int32 = 0
        var ended: pid_t
        repeat { ended = waitpid(id, &status, options) } while ended < 0 && errno == EINTR
        guard ended != 0 else { return nil }
        guard ended == id else { return -1 }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        // Closed in whatever else is started meanwhile.
        guard cflux_pipe(&ends) == 0 else { throw Failure(description: SystemFailure.text(errno)) }
        return (ends[0], ends[1])
    }

    /// False at the end.
    private static func read(_ descriptor: Int32, into bytes: inout [UInt8]) -> Bool {
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        let count = Glibc.read(descriptor, &piece, piece.count)
        guard count > 0 else { return count < 0 && errno == EINTR }
        if bytes.count <= CredentialChain.maximumAnswerBytes { bytes += piece[..<count] }
        return true
    }
}
