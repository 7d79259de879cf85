import FluxEvents

/// Keys as access logs write them.
public enum AccessLogKey {
    /// The key's bytes. S3 encodes twice (`"` is `%2522`), though not every character; what is no encoding stays as it is.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8] {
        guard text.contains(UInt8(ascii: "%")) else { return Array(text) }
        let once = unescape(text)
        return once.contains(UInt8(ascii: "%")) ? unescape(once) : once
    }

    private static func unescape(_ text: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var place = text.startIndex
        while place != text.endIndex {
            let byte = text[place]
            place = text.index(after: place)
            if byte == UInt8(ascii: "%"), let high = digit(text, place), let low = digit(text, text.index(after: place))
            {
                bytes.append(high << 4 | low)
                place = text.index(place, offsetBy: 2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func digit<Text: Collection<UInt8>>(_ text: Text, _ place: Text.Index) -> UInt8? {
        place < text.endIndex ? PercentCoding.digit(text[place]) : nil
    }
}
