import FluxEvents
import FluxLive
import NIOCore

/// Live messages as Server-Sent Events: `event:` is the message's type, `id:` its cursor, `data:` the message.
struct SSEFraming: LiveFraming {
    var name: String { "sse" }

    func makeFramer() -> any LiveFramer { Framer() }

    private final class Framer: LiveFramer {
        func frame(type: String, cursor: ByteBuffer?, payload: ByteBuffer, into out: inout ByteBuffer) {
            // JSON as we write it has no line breaks, so one data line holds it.
            out.writeStaticString("event: ")
            out.writeString(type)
            if let cursor {
                out.writeStaticString("\nid: ")
                out.writeImmutableBuffer(cursor)
            }
            out.writeStaticString("\ndata: ")
            out.writeImmutableBuffer(payload)
            out.writeStaticString("\n\n")
        }
    }
}

extension SSEFraming: InPlaceFraming {
    var isInPlace: Bool { true }
    var tellsCursorFirst: Bool { true }
    var overhead: Int { 32 }

    func begin(_ type: StaticString, cursor: CursorText, next: Int64, into out: inout RawWriter) {
        out.put("event: ")
        out.put(type)
        out.put("\nid: ")
        cursor.write(next, into: &out)
        out.put("\ndata: ")
    }

    func end(from start: Int, into out: inout RawWriter) {
        out.put("\n\n")
    }
}
