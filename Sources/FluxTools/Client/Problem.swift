import FluxEvents
import NIOCore

/// Reads RFC 9457 problem documents.
enum Problem {
    /// What else a refusal says.
    struct Refusal: Error {
        /// Which of the posted events was refused.
        var index: Int
    }

    /// The parameters of routes that a person gives, and the options that give them.
    private static let options = [
        "filter": "filter", "from": "from", "cursor": "from", "since": "since", "until": "until", "format": "format",
    ]

    /// What the person is told: `usage` where the server refused the value of an option, else `server`.
    static func error(status: Int, body: ByteBuffer) -> ToolError {
        guard let root = try? JSONDocument.parse(body).root, let title = root["title"]?.string else {
            let text = String(buffer: body).prefix(200).split(whereSeparator: \.isNewline).joined(separator: " ")
            return ToolError(.server, "the server answered \(status)\(text.isEmpty ? "" : ": \(text)")")
        }
        var detail = root["detail"]?.string ?? title
        if detail.hasSuffix(".") { detail.removeLast() }
        if let position = root["position"]?.int64 { detail += " (at character \(position))" }
        if let suggestion = root["suggestion"]?.string, !suggestion.isEmpty {
            detail += "; did you mean “\(suggestion)”?"
        }
        if status == 400, let parameter = root["parameter"]?.string, let option = options[parameter] {
            return ToolError(.usage, "--\(option): \(detail)")
        }
        // A store's URL is an argument of the command line.
        if status == 422, root["parameter"]?.string == "url" { return ToolError(.usage, detail) }
        var words = detail == title ? title : "\(title): \(detail)"
        if status == 401 { words += ". Give --token, or --data with the server's data folder" }
        let refusal = root["index"]?.int64.map { Refusal(index: Int($0)) }
        return ToolError(.server, "\(words) (\(status))", underlying: refusal)
    }

    /// The same for a refusal that comes within a stream, as its `error` message.
    static func error(inStream message: ByteBuffer) -> ToolError {
        guard let root = try? JSONDocument.parse(message).root, var words = root["message"]?.string else {
            return ToolError(.server, String(buffer: message))
        }
        if let position = root["position"]?.int64 { words += " (at character \(position))" }
        if let suggestion = root["suggestion"]?.string { words += "; did you mean “\(suggestion)”?" }
        return ToolError(.server, words)
    }
}
