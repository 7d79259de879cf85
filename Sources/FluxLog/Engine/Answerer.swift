/// Gives the answers of large groups on a thread of its own: to wake many writers takes as long as a fast disk takes for
/// a group, and the next group need not wait for it. A few answers are given at once, since handing them over would take
/// longer.
final class Answerer: Sendable {
    /// So many answers are given by who asks.
    static let few = 32

    private struct State {
        var waiting: [AppendAnswer] = []
        var onEnd: (@Sendable () -> Void)?
    }

    private let monitor: Monitor<State>

    /// Nil where the thread could not be started.
    init?() {
        let monitor = Monitor(State())
        self.monitor = monitor
        guard LogThread.start("flux-answer", { Self.loop(monitor) }) else { return nil }
    }

    func give(_ answers: [AppendAnswer]) {
        guard answers.count > Self.few else {
            for answer in answers { answer.give() }
            return
        }
        self.monitor.signal { $0.waiting += answers }
    }

    /// Ends the thread once all that it was given is told; then calls `done`, on that thread.
    func end(_ done: @escaping @Sendable () -> Void) {
        self.monitor.signal { $0.onEnd = done }
    }

    private static func loop(_ monitor: Monitor<State>) {
        var answers: [AppendAnswer] = []
        while true {
            let end: (@Sendable () -> Void)?? = monitor.wait(milliseconds: nil) { state in
                if !state.waiting.isEmpty {
                    swap(&state.waiting, &answers)
                    return .some(nil)
                }
                return state.onEnd.map { .some($0) }
            }
            if let end = end ?? nil {
                end()
                return
            }
            for answer in answers { answer.give() }
            answers.removeAll(keepingCapacity: answers.count <= LogWriter.keptRoom)
        }
    }
}
