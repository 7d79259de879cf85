import FluxEvents
import NIOCore

/// Reads RFC 9457 problem documents.
enum Problem {
    /// What a problem says, in one line: its title, detail, and for filters the suggestion.
    static func words(status: Int, body: ByteBuffer) -> String {
        guard let document = try? JSONDocument.parse(body), let title = document.root["title"]?.string else {
            let text = String(buffer: body).prefix(200)
            return "the server answered \(status)\(text.isEmpty ? "" : ": \(text)")"
        }
        var words = title
        if let detail = document.root["detail"]?.string, detail != title { words += ": \(detail)" }
        if let suggestion = document.root["suggestion"]?.string { words += " (did you mean \(suggestion)?)" }
        if status == 401 { words += ". Give --token, or --data with the server's data folder" }
        return "\(words) (\(status))"
    }
}
