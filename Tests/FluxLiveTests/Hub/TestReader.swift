import FluxEvents
import FluxLog
import NIOCore
import Synchronization

@testable import FluxLive

/// A client on an event loop: keeps what it is given and takes it only when told to.
final class TestReader: LiveSink, @unchecked Sendable {
    struct Line: Sendable {
        var type: String
        var cursor: String
        var json: String
    }

    private struct State {
        var lines: [Line] = []
        var isWritable = true
        var pending = 0
        var closed: LiveClose?
    }

    let hub: LoopHub
    private let state = Mutex(State())
    private var connection: LiveConnection?
    /// Turns unwritable after so many bytes, as a socket does; `take` turns it back.
    private let room: Int
    /// Whether a full socket is emptied within the very write that filled it, as the kernel often does.
    private let takesAtOnce: Bool

    init(_ hub: LoopHub, room: Int = 1 << 30, takesAtOnce: Bool = false) {
        self.hub = hub
        self.room = room
        self.takesAtOnce = takesAtOnce
    }

    func connect(_ request: StreamRequest, content: LiveContent? = nil, grant: String = "g") {
        hub.loop.execute {
            self.connection = self.hub.connect(
                .success(request), content: content, framing: LineFraming(),
                principal: StreamPrincipal(name: "t", grant: grant), isWebSocket: true, sink: self)
        }
    }

    func say(_ text: String) {
        hub.loop.execute { self.connection?.received(text: ByteBuffer(string: text)) }
    }

    /// Takes all that waits, as a socket that was read.
    func take() {
        hub.loop.execute {
            let flips = self.state.withLock { state in
                defer { (state.isWritable, state.pending) = (true, 0) }
                return !state.isWritable
            }
            if flips { self.connection?.writabilityChanged() }
        }
    }

    func disconnect() {
        hub.loop.execute {
            self.connection?.closed()
            self.connection = nil
        }
    }

    var lines: [Line] { state.withLock { $0.lines } }
    var closed: LiveClose? { state.withLock { $0.closed } }
    var offsets: [Int64] { lines.compactMap { $0.type == "event" ? Self.offset($0.json) : nil } }

    static func offset(_ json: String) -> Int64? {
        guard let range = json.firstRange(of: "\"offset\":") else { return nil }
        return Int64(json[range.upperBound...].prefix { $0.isNumber })
    }

    // MARK: LiveSink

    var isWritable: Bool { state.withLock { $0.isWritable } }
    var progress: SinkProgress { state.withLock { SinkProgress(pending: $0.isWritable ? 0 : $0.pending, taken: 0) } }
    var supportsPing: Bool { false }

    func write(_ bytes: ByteBuffer) {
        let found = String(buffer: bytes).split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            return Line(type: String(parts[0]), cursor: String(parts[1]), json: String(parts[2]))
        }
        let flips = state.withLock { state in
            state.lines += found
            state.pending += bytes.readableBytes
            guard state.isWritable, state.pending > room else { return false }
            state.isWritable = false
            return true
        }
        guard flips else { return }
        connection?.writabilityChanged()
        guard takesAtOnce else { return }
        state.withLock { ($0.isWritable, $0.pending) = (true, 0) }
        connection?.writabilityChanged()
    }

    func ping() {}

    func close(_ why: LiveClose) {
        state.withLock { $0.closed = why }
        hub.loop.execute { self.disconnect() }
    }

    func abort() { hub.loop.execute { self.disconnect() } }
}
