/// Keys with a common beginning, as a range of an index.
enum KeyRange {
    /// The least key that comes after all keys with this prefix; nil where there is none.
    static func end(of prefix: [UInt8]) -> [UInt8]? {
        var end = prefix
        while let last = end.popLast() {
            if last < 0xFF { return end + [last + 1] }
        }
        return nil
    }
}
