import FluxIngest
import FluxLog
import FluxStores
import HTTPTypes

extension Problem {
    /// What the supervisor of stores refused.
    init(ingest error: IngestError, retryAfter: Int) {
        if let log = error.underlying as? LogError {
            self.init(log: log, retryAfter: retryAfter)
            return
        }
        let status =
            switch error.code {
            case .notFound: 404
            case .exists, .overlapping, .wrongState: 409
            case .badStore: 422
            default: 503
            }
        self.init(status, "store_" + error.code.description, error.message)
        if let store = error.underlying as? StoreError, store.isOfTheURL { members = [("parameter", "url")] }
        if status == 503 { fields[.retryAfter] = String(retryAfter) }
    }
}
