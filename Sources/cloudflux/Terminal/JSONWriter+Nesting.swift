import FluxEvents
import NIOCore

extension JSONWriter {
    mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        beginObject()
        try members(&self)
        endObject()
    }

    mutating func array(_ elements: (inout JSONWriter) throws -> Void) rethrows {
        beginArray()
        try elements(&self)
        endArray()
    }

    mutating func field(_ name: String, _ texts: [String]) {
        key(name)
        array { out in for text in texts { out.string(text) } }
    }

    /// What was written, as a line.
    var line: String { String(buffer: buffer) }
}
