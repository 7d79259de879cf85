import FluxEvents
import FluxLive
import NIOCore

/// An RFC 9457 problem document, as the live shells answer it before the routes come into play.
struct LiveProblem: Sendable, Hashable {
    var status: Int
    var title: String
    var detail: String
    /// What is wrong with a stream's parameters.
    var parameter: StreamRequestError?

    static let mediaType = "application/problem+json"

    var bytes: ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.field("type", "about:blank")
        json.field("title", title)
        json.field("status", status)
        json.field("detail", detail)
        if let parameter {
            json.field("code", parameter.code.description)
            if let name = parameter.parameter { json.field("parameter", name) }
            if parameter.code == .badFilter || parameter.position != nil { json.field("position", parameter.position) }
            if parameter.code == .badFilter || parameter.suggestion != nil {
                json.field("suggestion", parameter.suggestion)
            }
        }
        json.endObject()
        return json.buffer
    }
}
