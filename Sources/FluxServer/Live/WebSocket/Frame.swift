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
