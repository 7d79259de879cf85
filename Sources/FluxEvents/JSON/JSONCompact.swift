public import NIOCore

extension JSONValue {
    /// The value's text without space between its parts, in memory of its own: on one line, so that it fits every
    /// transport, and not holding on to the document it came in.
    public var compactBytes: ByteBuffer {
        let bytes = bytes
        var out = ByteBuffer()
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.readableBytes) { out in
            bytes.withUnsafeReadableBytes { Self.compact($0, into: out) }
        }
        return out
    }

    /// Returns how many bytes were written; never more than there were.
    private static func compact(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        var inString = false
        var isEscaped = false
        for byte in bytes {
            if inString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                continue
            }
            out[count] = byte
            count += 1
        }
        return count
    }
}
