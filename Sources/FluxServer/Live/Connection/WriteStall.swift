import Glibc
import NIOCore
import NIOHTTP1

/// Ends a connection whose peer takes not a byte of an answer for `writeStallTimeout`, so that nobody holds a place, a
/// file or memory by reading nothing. How slow a peer is does not matter while it takes something.
///
/// It looks only while something is on its way, a few times in the timeout. Confined to its channel's event loop.
final class WriteStallHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let timeout: TimeAmount
    private let stalled: () -> Void
    private var check: Scheduled<Void>?
    private var watch = WriteStallWatch()

    /// - Parameter stalled: told when the connection is ended for it.
    init(timeout: TimeAmount, stalled: @escaping () -> Void) {
        self.timeout = timeout
        self.stalled = stalled
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        check?.cancel()
        check = nil
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        guard check == nil, context.channel.isActive else { return }
        watch = WriteStallWatch()
        look(context)
    }

    private func look(_ context: ChannelHandlerContext) {
        check = nil
        switch watch.look(at: SocketProgress(of: context.channel), now: .now(), timeout: timeout) {
        case .done: break
        case .stalled:
            stalled()
            context.channel.cutOff()
        case .again(let wait):
            check = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { self.look(context) }
        }
    }
}

/// Whether a peer takes what waits for it. A value; looked at a few times in the timeout.
struct WriteStallWatch: Sendable {
    enum Verdict: Sendable, Equatable {
        /// Nothing waits.
        case done
        case again(TimeAmount)
        case stalled
    }

    private var last: SocketProgress?
    private var since = NIODeadline.uptimeNanoseconds(0)

    /// The shortest time between two looks.
    static let shortest = TimeAmount.milliseconds(20)

    mutating func look(at progress: SocketProgress, now: NIODeadline, timeout: TimeAmount) -> Verdict {
        guard progress.waits else { return .done }
        // Fewer bytes in our own buffer are progress too, for kernels that count no acknowledged ones.
        if last.map({ $0.acknowledged != progress.acknowledged || progress.buffered < $0.buffered }) ?? true {
            since = now
        }
        last = progress
        guard now - since < timeout else { return .stalled }
        return .again(max(Self.shortest, .nanoseconds(timeout.nanoseconds / 4)))
    }
}

extension Channel {
    /// Ends the connection now. What the peer has not taken is forgotten, by the kernel too: left to itself it would keep
    /// it for minutes. On the channel's event loop.
    func cutOff() {
        if let socket = self as? any SocketOptionProvider {
            // Where it cannot be set the connection still ends, only later.
            socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in }
        }
        close(promise: nil)
    }
}
