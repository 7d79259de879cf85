import FluxStores
import Synchronization

/// A store's status, for all to read.
final class StatusBoard: Sendable {
    private let value: Mutex<StoreStatus>

    init(_ status: StoreStatus) {
        value = Mutex(status)
    }

    var status: StoreStatus {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
