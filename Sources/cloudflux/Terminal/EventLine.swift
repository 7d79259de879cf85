import FluxEvents
import NIOCore

/// An event as one line for a person.
enum EventLine {
    static func text(_ event: ByteBuffer, colour: Bool) -> String {
        guard let root = try? JSONDocument.parse(event).root else { return String(buffer: event) }
        let data = root["data"]
        let type = root["type"]?.string ?? "?"
        var parts = [root["timestamp"]?.string ?? "–", painted(type, colour) + padding(type, to: 26)]
        if let name = data?["file_name"]?.string {
            parts.append(Terminal.printable(name))
        } else if let source = root["source"]?.string {
            parts.append(Terminal.printable(source))
        }
        if let from = data?["details"]?["renamed_from"]?.string { parts.append("(was \(Terminal.printable(from)))") }
        if let size = data?["size_bytes"]?.int64 { parts.append(bytes(size)) }
        if root["simulated"]?.bool == true { parts.append("[simulated]") }
        return parts.joined(separator: "  ")
    }

    /// Powers of 1000, one digit.
    static func bytes(_ count: Int64) -> String {
        var value = Double(count)
        var unit = "B"
        for next in ["KB", "MB", "GB", "TB", "PB"] where value >= 1000 {
            value /= 1000
            unit = next
        }
        return unit == "B" ? "\(count) B" : "\((value * 10).rounded() / 10) \(unit)"
    }

    private static func padding(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count))
    }

    private static func painted(_ type: String, _ colour: Bool) -> String {
        guard colour else { return Terminal.printable(type) }
        let code =
            switch type {
            case "cloud.upload": 32
            case "cloud.delete", "migration.failed": 31
            case "cloud.download": 34
            case _ where type.hasPrefix("cost."): 33
            case _ where type.hasPrefix("system."): 90
            default: 36
            }
        return "\u{1B}[\(code)m\(Terminal.printable(type))\u{1B}[0m"
    }
}
