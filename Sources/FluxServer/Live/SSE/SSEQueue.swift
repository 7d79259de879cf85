import FluxLive
import NIOCore
import Synchronization

/// Between the hub's event loop, which writes, and the task of an HTTP response, which takes. What waits is bounded by
/// `isWritable`: the hub writes nothing more until the response has taken it. The response's connection is on the same
/// event loop, so that its progress can be asked for and it can be cut off.
///
/// `@unchecked Sendable`: `connection` is touched on the hub's loop only; all else is in the mutex.
final class SSEQueue: LiveSink, @unchecked Sendable {
    private struct State {
        var chunks: [ByteBuffer] = []
        var bytes = 0
        var hasEnded = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let hub: LoopHub
    private let channel: any Channel
    private let state = Mutex(State())
    private var connection: LiveConnection?
    private var wasWritable = true

    /// Above this much the reader counts as slow.
    static let highWater = 64 << 10

    /// - Parameters:
    ///   - hub: the one of the channel's event loop.
    ///   - channel: the connection that the response is written to.
    init(hub: LoopHub, channel: any Channel) {
        self.hub = hub
        self.channel = channel
    }

    /// On the hub's loop.
    func open(_ request: StreamRequest, principal: StreamPrincipal) {
        try? channel.syncOptions?.setOption(
            .socketOption(.so_sndbuf), value: SocketOptionValue(StreamApplication.sendBufferBytes))
        let opened = hub.connect(
            .success(request), framing: SSEFraming(), principal: principal, isWebSocket: false, sink: self)
        connection = opened
        // The first writes may have happened before the connection was known here.
        if !isWritable { opened.writabilityChanged() }
    }

    // MARK: LiveSink, on the loop

    var isWritable: Bool { state.withLock { $0.bytes < Self.highWater && !$0.hasEnded } }
    var supportsPing: Bool { false }
    /// As a WebSocket's: what counts is what the peer has taken, not what our own buffers have.
    var progress: SinkProgress {
        let now = SocketProgress(of: channel)
        let queued = state.withLock { $0.bytes }
        return SinkProgress(pending: queued + now.buffered + now.pending, taken: now.acknowledged)
    }

    func write(_ bytes: ByteBuffer) {
        wake { state in
            guard !state.hasEnded else { return }
            state.chunks.append(bytes)
            state.bytes += bytes.readableBytes
        }
        if wasWritable, !isWritable {
            wasWritable = false
            connection?.writabilityChanged()
        }
    }

    func ping() {}
    /// Lets what was written go out; a reader that takes nothing is cut off instead.
    func close(_ why: LiveClose) {
        end()
        if why == .stalled { channel.cutOff() }
    }

    func abort() {
        end()
        channel.cutOff()
    }

    private func end() {
        wake { $0.hasEnded = true }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    // MARK: The response's task

    /// What waits, in order; nil after the end.
    func next() async -> [ByteBuffer]? {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.chunks.isEmpty || state.hasEnded { return true }
                state.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { state in
            guard !state.chunks.isEmpty else { return nil }
            defer { state.chunks = [] }
            return state.chunks
        }
    }

    /// The socket has taken so many bytes.
    func took(_ count: Int) {
        state.withLock { state in
            state.bytes -= count
        }
        hub.loop.execute {
            guard !self.wasWritable, self.isWritable else { return }
            self.wasWritable = true
            self.connection?.writabilityChanged()
        }
    }

    /// The response is over, however it ended.
    func gone() {
        end()
        hub.loop.execute {
            self.connection?.closed()
            self.connection = nil
        }
    }
}
