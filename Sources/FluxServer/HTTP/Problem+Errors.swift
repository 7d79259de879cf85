import FluxAccess
import FluxCatalog
import FluxEvents
import FluxIngest
import FluxLive
import FluxLog
import HTTPTypes
import NIOHTTP1

extension Problem {
    /// Any error that reached the gateway.
    init(any error: any Error, retryAfter: Int, maxHeaderBytes: Int) {
        switch error {
        case let problem as Problem: self = problem
        case let error as IntakeError: self.init(intake: error)
        case let error as FilterError: self.init(filter: error)
        case let error as StreamRequestError: self.init(stream: error, retryAfter: retryAfter)
        case let error as LogError: self.init(log: error, retryAfter: retryAfter)
        case let error as AccessError: self.init(access: error)
        case let error as CatalogError: self.init(catalog: error, retryAfter: retryAfter)
        case let error as IngestError: self.init(ingest: error, retryAfter: retryAfter)
        case let error as HTTPParserError: self.init(malformed: error, maxHeaderBytes: maxHeaderBytes)
        case is CancellationError:
            self.init(503, "cancelled", "The server stopped before the request was done; try again.")
            fields[.retryAfter] = String(retryAfter)
        default:
            self.init(
                500, "internal_error", "Something failed inside the server. Its log says what, under this request id.")
        }
    }

    /// What came is no HTTP, or more of it than allowed.
    init(malformed error: HTTPParserError, maxHeaderBytes: Int) {
        if error == .headerOverflow {
            self.init(
                431, "header_too_large",
                "The request's header is larger than \(maxHeaderBytes) bytes (maxHeaderBytes), or has more than 256 fields."
            )
        } else {
            self.init(
                400, "not_http",
                "What came is not HTTP/1.1; look at the request line, the header fields and the chunks of the body.")
        }
        closesConnection = true
    }

    /// Why posted events were refused.
    init(intake error: IntakeError) {
        self.init(error.status, error.code.description, error.message)
        if let index = error.index { members.append(("index", .integer(Int64(index)))) }
        if let pointer = error.pointer { members.append(("pointer", .string(pointer))) }
    }

    /// A filter expression that cannot be read.
    init(filter error: FilterError) {
        self.init(400, "bad_filter", error.message)
        members = [
            ("parameter", "filter"), ("position", .integer(Int64(error.position))),
            ("suggestion", error.suggestion.map(JSONTree.string) ?? .null),
        ]
    }

    /// A stream's query that cannot be read.
    init(stream error: StreamRequestError, retryAfter: Int) {
        self.init(error.isRetryable ? 503 : 400, error.code.description, error.message)
        if let parameter = error.parameter { members.append(("parameter", .string(parameter))) }
        if error.code == .badFilter || error.position != nil { members.append(("position", .whole(error.position))) }
        if error.code == .badFilter || error.suggestion != nil {
            members.append(("suggestion", .text(error.suggestion)))
        }
        if error.isRetryable { fields[.retryAfter] = String(retryAfter) }
    }

    /// No further stream now.
    init(live refusal: LiveHub.Refusal) {
        switch refusal {
        case .draining:
            self.init(503, "stopping", "The server is stopping; come back in a few seconds.")
            fields[.retryAfter] = "3"
        case .full(let limit):
            self.init(
                503, "too_many_streams",
                "\(limit) streams are open, which is the limit (max-connections); close one or come back later.")
            fields[.retryAfter] = "30"
        }
    }

    /// What the log refused.
    init(log error: LogError, retryAfter: Int) {
        switch error.code {
        case .diskFull:
            self.init(503, "disk_full", error.message)
            fields[.retryAfter] = String(retryAfter)
        case .closed:
            self.init(503, "stopping", "The server is stopping; try again in a moment.")
            fields[.retryAfter] = String(retryAfter)
        case .fatal:
            self.init(503, "log_failed", error.message)
        case .tooLarge:
            self.init(413, "too_large", error.message)
        default:
            self.init(500, "log_error", error.message)
        }
    }

    /// What the catalogue refused.
    init(catalog error: CatalogError, retryAfter: Int) {
        switch error.code {
        case .badParameter, .badCursor:
            self.init(400, error.code.name, error.message)
            if let parameter = error.parameter { members.append(("parameter", .string(parameter))) }
        case .closed, .diskFull:
            self.init(503, error.code.name, error.message)
            fields[.retryAfter] = String(retryAfter)
        default:
            self.init(500, "catalog_" + error.code.name, error.message)
        }
    }
}
