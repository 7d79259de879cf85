public import NIOCore

extension ByteBuffer {
    /// Writes text as a JSON string with its quotes. Only what RFC 8259 asks for is escaped, so the result is UTF-8.
    public mutating func writeJSONString(_ text: some StringProtocol) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable {
            writeJSONString(utf8: UnsafeRawBufferPointer($0))
        }
        if done == nil { Array(text.utf8).withUnsafeBytes { writeJSONString(utf8: $0) } }
    }

    /// The same for the bytes of a text, which are UTF-8.
    package mutating func writeJSONString(utf8: UnsafeRawBufferPointer) {
        writeInteger(0x22 as UInt8)
        writeEscaped(utf8)
        writeInteger(0x22 as UInt8)
    }

    /// Writes text as a JSON string, or `null`.
    public mutating func writeJSONString(orNull text: String?) {
        if let text { writeJSONString(text) } else { writeStaticString("null") }
    }

    /// Writes `true` or `false`.
    public mutating func writeJSONBoolean(_ value: Bool) {
        if value { writeStaticString("true") } else { writeStaticString("false") }
    }

    /// Copies runs of plain bytes whole; most texts are one run.
    private mutating func writeEscaped(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
            writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            start = index + 1
            switch byte {
            case 0x22: writeStaticString("\\\"")
            case 0x5C: writeStaticString("\\\\")
            case 0x08: writeStaticString("\\b")
            case 0x09: writeStaticString("\\t")
            case 0x0A: writeStaticString("\\n")
            case 0x0C: writeStaticString("\\f")
            case 0x0D: writeStaticString("\\r")
            default:
                writeStaticString("\\u00")
                writeInteger(byte < 0x10 ? 0x30 : 0x31 as UInt8)
                let low = byte & 15
                writeInteger(low < 10 ? 0x30 + low : 0x61 + low - 10)
            }
        }
        writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<bytes.count]))
    }
}
