import Synchronization

/// A text that several tasks may read and write.
final class LockedText: Sendable {
    private let mutex = Mutex<String?>(nil)

    var value: String? {
        get { mutex.withLock { $0 } }
        set { mutex.withLock { $0 = newValue } }
    }
}
