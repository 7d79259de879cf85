import FluxEvents
import HTTPTypes
import NIOCore

/// An error as RFC 9457 `application/problem+json`: what failed, on what, why, what to do now.
struct Problem: Error, Sendable {
    /// The HTTP status.
    var status: Int
    /// A stable name, also the end of `type`: `unknown_parameter`, `not_signed_in`, …
    var code: String
    /// One or two sentences for a person, without secrets.
    var detail: String
    /// Further members: `parameter`, `suggestion`, `position`, `index`, `pointer` …
    var members: [(String, JSONTree)]
    /// Further header fields: `Allow`, `Retry-After`, `WWW-Authenticate`.
    var fields: HTTPFields
    /// Whether the connection must end with this answer, because the rest of the request is not read.
    var closesConnection = false

    init(_ status: Int, _ code: String, _ detail: String) {
        self.init(status, code, detail, members: [])
    }

    init(_ status: Int, _ code: String, _ detail: String, members: [(String, JSONTree)], fields: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.detail = detail
        self.members = members
        self.fields = fields
    }

    /// What every problem's `type` begins with.
    static let typePrefix = "urn:cloudflux:problem:"

    static let mediaType = "application/problem+json"

    /// The JSON document. `request` is the request's id, which the log lines carry too.
    func document(request: String?) -> ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.field("type", Self.typePrefix + code)
        json.field("title", Self.title(status))
        json.field("status", status)
        json.field("code", code)
        json.field("detail", detail)
        for (name, value) in members {
            json.key(name)
            value.write(to: &json)
        }
        if let request { json.field("request_id", request) }
        json.endObject()
        return json.buffer
    }

    private static func title(_ status: Int) -> String {
        switch status {
        case 400: "The request is malformed"
        case 401: "Not signed in"
        case 403: "Not allowed"
        case 404: "Not found"
        case 405: "Method not allowed"
        case 406: "Not acceptable"
        case 408: "The request took too long"
        case 409: "Conflict"
        case 413: "Too large"
        case 414: "The address is too long"
        case 415: "Media type not supported"
        case 422: "The content is not valid"
        case 426: "Upgrade required"
        case 429: "Too many requests"
        case 431: "The header is too large"
        case 501: "Not implemented"
        case 503: "Not available now"
        default: status >= 500 ? "Internal error" : "The request failed"
        }
    }
}

extension Problem {
    /// A query parameter that does not exist, with the nearest that does.
    static func unknownParameter(_ name: String, among names: [String]) -> Problem {
        let shown = Problem.shown(name)
        let nearest = Suggestion.nearest(to: name, among: names)
        let help =
            nearest.map { "Did you mean “\($0)”?" }
            ?? (names.isEmpty
                ? "This route takes none." : "Known here: \(names.joined(separator: ", ")).")
        return Problem(
            400, "unknown_parameter", "There is no query parameter “\(shown)”. \(help)",
            members: [("parameter", .string(shown))] + (nearest.map { [("suggestion", .string($0))] } ?? []))
    }

    /// A query parameter whose value is not allowed.
    static func badParameter(_ name: String, _ detail: String, suggestion: String? = nil) -> Problem {
        Problem(
            400, "bad_parameter", detail,
            members: [("parameter", .string(Problem.shown(name)))]
                + (suggestion.map { [("suggestion", .string($0))] } ?? []))
    }

    /// Foreign text as it may stand in a message: cut, without control characters.
    static func shown(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(60).map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : String($0) }
        return plain.joined() + (text.unicodeScalars.count > 60 ? "…" : "")
    }
}
