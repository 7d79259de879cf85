import FluxTesting
import Foundation

@testable import FluxLog

/// A value behind a lock. Safe: touched only with the lock held; what a test puts in may be a tree of plain objects.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<T>(_ body: (inout Value) -> T) -> T {
        self.lock.withLock { body(&self.value) }
    }
}

/// A disk in memory that keeps apart what the page cache shows and what would survive a power cut, and that fails or
/// dies at any call it is told to.
///
/// A crash keeps a random part of what was not synced: each write whole, torn at 512-byte sectors, or not at all,
/// whatever came after it; each new, renamed or removed name or not. A failed sync drops its writes for good, as Linux
/// does, although reading still shows them.
final class FakeDisk: FileSystem {
    enum Fault: Sendable {
        case crash
        case errno(Int32)
    }

    enum Change {
        case write(Int, [UInt8])
        case truncate(Int)

        func apply(to bytes: inout [UInt8]) {
            switch self {
            case .write(let position, let written):
                if bytes.count < position + written.count {
                    bytes += [UInt8](repeating: 0, count: position + written.count - bytes.count)
                }
                bytes.replaceSubrange(position..<position + written.count, with: written)
            case .truncate(let size):
                if size <= bytes.count {
                    bytes.removeLast(bytes.count - size)
                } else {
                    bytes += [UInt8](repeating: 0, count: size - bytes.count)
                }
            }
        }
    }

    final class Node {
        var current: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [Change] = []
        var reservedUntil = 0
    }

    enum Entry {
        case file(Node)
        case directory
    }

    enum NameChange {
        case make(String, Entry)
        case remove(String)
        case rename(String, String, Entry)

        func apply(to names: inout [String: Entry]) {
            switch self {
            case .make(let path, let entry): names[path] = entry
            case .remove(let path): names[path] = nil
            case .rename(let from, let to, let entry):
                names[from] = nil
                names[to] = entry
            }
        }
    }

    struct State {
        var names: [String: Entry] = [:]
        var durableNames: [String: Entry] = [:]
        /// By parent folder.
        var pendingNames: [String: [NameChange]] = [:]
        var locks: Set<String> = []
        var generator: SeededRandom
        var calls = 0
        var faults: [Int: Fault] = [:]
        var isDead = false
        var life = 0
        var free: Int64 = 1 << 40
        var forbidden: Set<String> = []  // May not be opened.
        /// Names of the calls made, while somebody wants them.
        var trace: [String]?
        /// Writes of segments outside of what was reserved.
        var unreserved = 0
        var hitFault: (call: String, path: String)?
    }

    /// Safe: the state, nodes and all, is touched only inside the lock.
    private let state: Locked<State>

    init(seed: UInt64 = 0) {
        self.state = Locked(State(generator: SeededRandom(seed: seed)))
    }

    // MARK: What a test does to it

    /// The n-th call from now on fails, or the power goes while it runs.
    func fail(call number: Int, _ fault: Fault) {
        self.state.withLock { $0.faults[$0.calls + number] = fault }
    }

    var calls: Int { self.state.withLock { $0.calls } }
    var isDead: Bool { self.state.withLock { $0.isDead } }
    var unreserved: Int { self.state.withLock { $0.unreserved } }
    var hitFault: String? { self.state.withLock { $0.hitFault.map { "\($0.call) \($0.path)" } } }

    func change(_ body: (inout State) -> Void) { self.state.withLock { body(&$0) } }
    func look<T>(_ body: (State) -> T) -> T { self.state.withLock { body($0) } }

    func setFree(_ bytes: Int64) { self.state.withLock { $0.free = bytes } }

    /// The process is gone; what it wrote stays in the page cache.
    func kill() {
        self.state.withLock { state in
            state.life += 1
            state.locks = []
            state.faults = [:]
            state.isDead = false
            state.hitFault = nil
        }
    }

    /// The power is gone.
    func crash() {
        self.state.withLock { state in
            for folder in state.pendingNames.keys.sorted() {
                for change in state.pendingNames[folder] ?? [] where Bool.random(using: &state.generator) {
                    change.apply(to: &state.durableNames)
                }
            }
            state.pendingNames = [:]
            // A folder that didn't make it takes with it what was in it.
            for path in state.durableNames.keys.sorted(by: { $0.count < $1.count }) {
                let parent = Self.parent(path)
                if parent != "/", state.durableNames[parent] == nil { state.durableNames[path] = nil }
            }
            for path in state.durableNames.keys.sorted() {
                guard case .file(let node)? = state.durableNames[path] else { continue }
                for change in node.pending { Self.tear(change, &node.durable, &state.generator) }
                node.pending = []
                node.current = node.durable
                node.reservedUntil = node.durable.count
            }
            state.names = state.durableNames
        }
        self.kill()
    }

    private static func tear(_ change: Change, _ bytes: inout [UInt8], _ generator: inout SeededRandom) {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: change.apply(to: &bytes)
        case 1: return
        default:
            guard case .write(let position, let written) = change else {
                if Bool.random(using: &generator) { change.apply(to: &bytes) }
                return
            }
            var from = 0
            while from < written.count {
                let sectorEnd = ((position + from) / 512 + 1) * 512
                let to = min(written.count, sectorEnd - position)
                if Bool.random(using: &generator) {
                    Change.write(position + from, Array(written[from..<to])).apply(to: &bytes)
                }
                from = to
            }
        }
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    // MARK: Calls

    private static func failure(_ call: String, _ path: String, _ number: Int32) -> FileFailure {
        FileFailure(call, path, number)
    }

    /// Counts a call; throws the fault that was set for it. `atCrash` does what a call may have done half when the power
    /// went.
    static func step(
        _ state: inout State, _ call: String, _ path: String, life: Int? = nil, onFault: (inout State, Fault) -> Void
    ) throws(FileFailure) {
        if state.isDead || (life != nil && life != state.life) { throw Self.failure(call, path, EIO) }
        state.calls += 1
        state.trace?.append("\(call) \(path)")
        guard let fault = state.faults[state.calls] else { return }
        state.hitFault = (call, path)
        onFault(&state, fault)
        switch fault {
        case .crash:
            state.isDead = true
            throw Self.failure(call, path, EIO)
        case .errno(let number):
            throw Self.failure(call, path, number)
        }
    }

    private func call<T>(
        _ name: String, _ path: String, _ body: (inout State) throws(FileFailure) -> T
    ) throws(FileFailure) -> T {
        let result: Result<T, FileFailure> = self.state.withLock { state in
            do throws(FileFailure) {
                try Self.step(&state, name, path, onFault: { _, _ in })
                return .success(try body(&state))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func open(_ path: String, create: Bool, write: Bool) throws(FileFailure) -> any LogFile {
        let (node, life) = try self.call("open", path) { (state) throws(FileFailure) -> (Node, Int) in
            if state.forbidden.contains(path) { throw Self.failure("open", path, EACCES) }
            if case .file(let node)? = state.names[path] { return (node, state.life) }
            guard create else { throw Self.failure("open", path, ENOENT) }
            let node = Node()
            state.names[path] = .file(node)
            state.pendingNames[Self.parent(path), default: []].append(.make(path, .file(node)))
            return (node, state.life)
        }
        return FakeFile(disk: self, node: node, path: path, life: life)
    }

    func makeDirectory(_ path: String) throws(FileFailure) {
        try self.call("mkdir", path) { (state) throws(FileFailure) in
            if state.names[path] != nil { return }
            state.names[path] = .directory
            state.pendingNames[Self.parent(path), default: []].append(.make(path, .directory))
        }
    }

    func list(_ directory: String) throws(FileFailure) -> [String] {
        try self.call("readdir", directory) { (state) throws(FileFailure) in
            state.names.keys.filter { Self.parent($0) == directory }.map { String($0.dropFirst(directory.count + 1)) }
        }
    }

    func size(of path: String) throws(FileFailure) -> Int64? {
        try self.call("stat", path) { (state) throws(FileFailure) in
            guard case .file(let node)? = state.names[path] else { return nil }
            return Int64(node.current.count)
        }
    }

    func rename(_ from: String, to: String) throws(FileFailure) {
        try self.call("rename", from) { (state) throws(FileFailure) in
            guard let entry = state.names[from] else { throw Self.failure("rename", from, ENOENT) }
            let change = NameChange.rename(from, to, entry)
            change.apply(to: &state.names)
            state.pendingNames[Self.parent(from), default: []].append(change)
        }
    }

    func unlink(_ path: String) throws(FileFailure) {
        try self.call("unlink", path) { (state) throws(FileFailure) in
            guard state.names[path] != nil else { throw Self.failure("unlink", path, ENOENT) }
            state.names[path] = nil
            state.pendingNames[Self.parent(path), default: []].append(.remove(path))
        }
    }

    func syncDirectory(_ path: String) throws(FileFailure) {
        try self.call("fsync", path) { (state) throws(FileFailure) in
            for change in state.pendingNames[path] ?? [] { change.apply(to: &state.durableNames) }
            state.pendingNames[path] = nil
        }
    }

    func freeBytes(at path: String) throws(FileFailure) -> Int64 {
        try self.call("statvfs", path) { (state) throws(FileFailure) in state.free }
    }

    func lock(_ path: String) throws(FileFailure) -> (any FileLock)? {
        try self.call("flock", path) { (state) throws(FileFailure) -> (any FileLock)? in
            guard state.locks.insert(path).inserted else { return nil }
            return FakeLock(disk: self, path: path, life: state.life)
        }
    }

    final class FakeLock: FileLock {
        let disk: FakeDisk
        let path: String
        let life: Int

        init(disk: FakeDisk, path: String, life: Int) {
            self.disk = disk
            self.path = path
            self.life = life
        }

        deinit { self.unlock() }

        func unlock() {
            self.disk.state.withLock { if $0.life == self.life { $0.locks.remove(self.path) } }
        }
    }

    /// Safe: the node is touched only inside the disk's lock.
    final class FakeFile: LogFile, @unchecked Sendable {
        let disk: FakeDisk
        let node: Node
        let path: String
        let life: Int

        init(disk: FakeDisk, node: Node, path: String, life: Int) {
            self.disk = disk
            self.node = node
            self.path = path
            self.life = life
        }

        private func call<T>(
            _ name: String, _ body: (inout State) throws(FileFailure) -> T,
            onFault: (inout State, Fault) -> Void = { _, _ in }
        ) throws(FileFailure) -> T {
            let result: Result<T, FileFailure> = self.disk.state.withLock { state in
                do throws(FileFailure) {
                    try FakeDisk.step(&state, name, self.path, life: self.life, onFault: onFault)
                    return .success(try body(&state))
                } catch {
                    return .failure(error)
                }
            }
            return try result.get()
        }

        func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileFailure) -> Int {
            try self.call("pread") { (_) throws(FileFailure) in
                let from = min(Int(position), self.node.current.count)
                let to = min(from + buffer.count, self.node.current.count)
                self.node.current[from..<to].withUnsafeBytes { buffer.copyMemory(from: $0) }
                return to - from
            }
        }

        private func change(_ change: Change) {
            change.apply(to: &self.node.current)
            self.node.pending.append(change)
        }

        func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileFailure) {
            let written = Array(bytes)
            try self.call("pwrite") { (state) throws(FileFailure) in
                if self.path.hasSuffix(".log"), Int(position) + written.count > self.node.reservedUntil {
                    state.unreserved += 1
                }
                self.change(.write(Int(position), written))
            } onFault: { state, fault in
                // A part of it may have been written before the error, or the end.
                let count = Int.random(in: 0...written.count, using: &state.generator)
                if count > 0 { self.change(.write(Int(position), Array(written[..<count]))) }
            }
        }

        func sync() throws(FileFailure) {
            try self.call("fdatasync") { (_) throws(FileFailure) in
                for change in self.node.pending { change.apply(to: &self.node.durable) }
                self.node.pending = []
            } onFault: { state, fault in
                guard case .errno = fault else { return }
                for change in self.node.pending { FakeDisk.tear(change, &self.node.durable, &state.generator) }
                self.node.pending = []
            }
        }

        func reserve(at position: Int64, length: Int64) throws(FileFailure) {
            try self.call("fallocate") { (state) throws(FileFailure) in
                guard length <= state.free else { throw FileFailure("fallocate", self.path, ENOSPC) }
                self.node.reservedUntil = max(self.node.reservedUntil, Int(position + length))
            }
        }

        func truncate(to size: Int64) throws(FileFailure) {
            try self.call("ftruncate") { (_) throws(FileFailure) in
                self.change(.truncate(Int(size)))
                self.node.reservedUntil = Int(size)
            }
        }

        func size() throws(FileFailure) -> Int64 {
            try self.call("fstat") { (_) throws(FileFailure) in Int64(self.node.current.count) }
        }
    }
}
