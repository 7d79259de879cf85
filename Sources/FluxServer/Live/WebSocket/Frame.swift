import FluxEvents
import NIOCore

/// RFC 6455, section 5.2.
enum Opcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
}

/// Writes frames as a server does: whole messages, not masked.
enum Frame {
    /// Appends one final frame.
    ///
    /// - Parameter isCompressed: sets RSV1 (RFC 7692).
    static func write(
        _ opcode: Opcode, _ payload: ByteBuffer, isCompressed: Bool = false, into out: inout ByteBuffer
    ) {
        let length = payload.readableBytes
        out.reserveCapacity(minimumWritableBytes: length + 10)
        out.writeInteger(0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue)
        switch length {
        case 0...125: out.writeInteger(UInt8(length))
        case 126...0xFFFF: out.writeMultipleIntegers(126 as UInt8, UInt16(length))
        default: out.writeMultipleIntegers(127 as UInt8, UInt64(length))
        }
        out.writeImmutableBuffer(payload)
    }

    /// The longest header of a frame that is not masked.
    static let maximumHeader = 10

    /// Leaves room for the header that most messages have.
    @inline(__always)
    static func beginText(into out: inout RawWriter) {
        out.put(raw: 0 as UInt32)
    }

    /// Writes the header of the text frame that began at `start`, now that its length is known.
    @inline(__always)
    static func endText(from start: Int, into out: inout RawWriter) {
        let length = out.count - start - 4
        let first = 0x80 | Opcode.text.rawValue
        switch length {
        case 126...0xFFFF:
            out.replace(at: start, with: (UInt32(first) << 24 | 126 << 16 | UInt32(length)).bigEndian)
        case ..<126:
            out.shift(from: start + 4, by: -2)
            out.replace(at: start, with: (UInt16(first) << 8 | UInt16(length)).bigEndian)
        default:
            out.shift(from: start + 4, by: 6)
            out.replace(at: start, with: (UInt16(first) << 8 | 127).bigEndian)
            out.replace(at: start + 2, with: UInt64(length).bigEndian)
        }
    }

    static func bytes(_ opcode: Opcode, _ payload: ByteBuffer, isCompressed: Bool = false) -> ByteBuffer {
        var out = ByteBuffer()
        write(opcode, payload, isCompressed: isCompressed, into: &out)
        return out
    }

    /// A close frame; a reason is cut to what a control frame holds by whoever makes it.
    static func close(_ code: UInt16, _ reason: String = "") -> ByteBuffer {
        var payload = ByteBuffer()
        payload.writeInteger(code)
        payload.writeString(reason)
        return bytes(.close, payload)
    }

    /// Whether a peer may send this code in a close frame (RFC 6455, section 7.4).
    static func isAllowed(closeCode code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
