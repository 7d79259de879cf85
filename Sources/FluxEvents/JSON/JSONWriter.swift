public import NIOCore

/// Writes JSON into a buffer: commas come by themselves, nesting is the caller's to get right (checked in debug builds).
///
/// ```swift
/// var json = JSONWriter()
/// json.beginObject()
/// json.field("bucket", "reports")
/// json.field("size_bytes", 4096)
/// json.endObject()
/// let bytes = json.buffer
/// ```
public struct JSONWriter: Sendable {
    /// What has been written so far.
    public private(set) var buffer: ByteBuffer
    private var needsComma = false
    private var depth = 0

    /// Appends to a buffer; what is in it already stays in front.
    public init(_ buffer: ByteBuffer = ByteBuffer()) {
        self.buffer = buffer
    }

    public mutating func beginObject() {
        comma()
        buffer.writeStaticString("{")
        needsComma = false
        depth += 1
    }

    public mutating func endObject() {
        assert(depth > 0, "an object ends that did not begin")
        buffer.writeStaticString("}")
        needsComma = true
        depth -= 1
    }

    public mutating func beginArray() {
        comma()
        buffer.writeStaticString("[")
        needsComma = false
        depth += 1
    }

    public mutating func endArray() {
        assert(depth > 0, "an array ends that did not begin")
        buffer.writeStaticString("]")
        needsComma = true
        depth -= 1
    }

    /// The name of the value that follows.
    public mutating func key(_ name: String) {
        comma()
        buffer.writeJSONString(name)
        buffer.writeStaticString(":")
        needsComma = false
    }

    public mutating func string(_ text: some StringProtocol) {
        comma()
        buffer.writeJSONString(text)
        needsComma = true
    }

    public mutating func integer(_ value: some BinaryInteger) {
        comma()
        if let small = Int64(exactly: value) { buffer.writeDecimal(small) } else { buffer.writeString("\(value)") }
        needsComma = true
    }

    /// A number; one that JSON cannot say (infinite, not a number) becomes null.
    public mutating func double(_ value: Double) {
        comma()
        if !value.isFinite {
            buffer.writeStaticString("null")
        } else if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 {
            buffer.writeDecimal(whole)
        } else {
            buffer.writeString("\(value)")
        }
        needsComma = true
    }

    /// Money as a number with exactly two decimals: 1234 hundredths are `12.34`.
    public mutating func money(hundredths: Int64) {
        comma()
        if hundredths < 0 { buffer.writeStaticString("-") }
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        buffer.writeDecimal(Int64(whole))
        buffer.writeStaticString(".")
        buffer.writeInteger(0x30 + UInt8(rest / 10))
        buffer.writeInteger(0x30 + UInt8(rest % 10))
        needsComma = true
    }

    public mutating func boolean(_ value: Bool) {
        comma()
        buffer.writeJSONBoolean(value)
        needsComma = true
    }

    public mutating func null() {
        comma()
        buffer.writeStaticString("null")
        needsComma = true
    }

    /// A time as a string.
    public mutating func time(_ value: Timestamp) {
        comma()
        buffer.writeStaticString("\"")
        value.write(into: &buffer)
        buffer.writeStaticString("\"")
        needsComma = true
    }

    /// JSON text that is known to be one whole value.
    public mutating func raw(_ bytes: ByteBuffer) {
        comma()
        buffer.writeImmutableBuffer(bytes)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { buffer.writeStaticString(",") }
    }
}

extension JSONWriter {
    /// A member whose value is text, or null.
    public mutating func field(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    /// A member whose value is a whole number, or null.
    public mutating func field(_ name: String, _ value: (some BinaryInteger)?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    /// A member whose value is a number, or null.
    public mutating func field(_ name: String, _ value: Double?) {
        key(name)
        if let value { double(value) } else { null() }
    }

    /// A member whose value is true or false.
    public mutating func field(_ name: String, _ value: Bool) {
        key(name)
        boolean(value)
    }

    /// A member whose value is a time, or null.
    public mutating func field(_ name: String, _ value: Timestamp?) {
        key(name)
        if let value { time(value) } else { null() }
    }

    /// A member whose value is JSON text.
    public mutating func field(_ name: String, raw value: ByteBuffer) {
        key(name)
        raw(value)
    }
}
