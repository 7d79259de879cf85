public import NIOCore

extension JSONValue {
    /// The value's text without space between its parts: on one line, so that it fits every transport. Where it has none,
    /// it is the document's own bytes.
    public var compactBytes: ByteBuffer {
        let bytes = bytes
        if isCompact { return bytes }
        var out = ByteBuffer()
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.readableBytes) { out in
            bytes.withUnsafeReadableBytes { Self.compact($0, into: out) }
        }
        return out
    }

    /// Returns how many bytes were written; never more than there were.
    static func compact(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Int {
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
