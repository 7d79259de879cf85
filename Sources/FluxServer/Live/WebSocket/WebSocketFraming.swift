import FluxEvents
import FluxLive
import NIOCore

/// Live messages as WebSocket text frames, plain or compressed. Compressed frames depend on nothing but their message,
/// so that one is shared by all clients of the same window.
struct WebSocketFraming: LiveFraming {
    /// Nil for plain frames.
    var windowBits: Int32?

    var name: String { windowBits.map { "websocket-deflate-\($0)" } ?? "websocket" }

    func makeFramer() -> any LiveFramer {
        guard let windowBits else { return PlainFramer() }
        return DeflateFramer(windowBits: windowBits)
    }

    private final class PlainFramer: LiveFramer {
        func frame(type: String, cursor: ByteBuffer?, payload: ByteBuffer, into out: inout ByteBuffer) {
            Frame.write(.text, payload, into: &out)
        }
    }

    private final class DeflateFramer: LiveFramer {
        private let deflater: Deflater

        init(windowBits: Int32) {
            deflater = Deflater(windowBits: windowBits, keepsContext: false)
        }

        func frame(type: String, cursor: ByteBuffer?, payload: ByteBuffer, into out: inout ByteBuffer) {
            Frame.write(.text, deflater.deflate(payload), isCompressed: true, into: &out)
        }
    }
}

extension WebSocketFraming: InPlaceFraming {
    var isInPlace: Bool { windowBits == nil }
    var tellsCursorFirst: Bool { false }
    var overhead: Int { Frame.maximumHeader }

    func begin(_ type: StaticString, cursor: CursorText, next: Int64, into out: inout RawWriter) {
        Frame.beginText(into: &out)
    }

    func end(from start: Int, into out: inout RawWriter) {
        Frame.endText(from: start, into: &out)
    }
}
