/// One header block of a POSIX ustar archive (IEEE Std 1003.1, pax "ustar Interchange Format"): regular files only.
struct TarHeader: Equatable {
    static let blockBytes = 512
    /// The longest path that is written: all of ours are far shorter.
    static let maximumPathBytes = 100

    /// Relative, without `..`.
    var path: String
    var size: Int64

    /// The 512 bytes.
    var block: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockBytes)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        put(path, at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(Self.octal(size, digits: 11), at: 124)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        let sum = block.reduce(0) { $0 + Int64($1) }
        put(Self.octal(sum, digits: 6) + "\0 ", at: 148)
        return block
    }

    init(path: String, size: Int64) {
        self.path = path
        self.size = size
    }

    /// Reads a block; nil for the zero block that ends an archive.
    ///
    /// - Throws: `ToolError` with code `archive` where it is no header of ours.
    init?(block: [UInt8]) throws(ToolError) {
        if block.allSatisfy({ $0 == 0 }) { return nil }
        let damaged = ToolError(.archive, "the backup is damaged, or no backup of CloudFlux: a header is wrong")
        guard block.count == Self.blockBytes, block[257..<262].elementsEqual("ustar".utf8), block[156] == 0x30 else {
            throw damaged
        }
        let sum = block.enumerated().reduce(Int64(0)) { total, item in
            total + ((148..<156).contains(item.offset) ? 0x20 : Int64(item.element))
        }
        guard Self.number(block[148..<156]) == sum, let size = Self.number(block[124..<136]),
            let path = String(validating: block[0..<100].prefix { $0 != 0 }, as: UTF8.self)
        else { throw damaged }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else { throw damaged }
        self.init(path: path, size: size)
    }

    /// Zero bytes behind a file's contents, up to the next whole block.
    static func padding(_ size: Int64) -> Int {
        Int((Int64(blockBytes) - size % Int64(blockBytes)) % Int64(blockBytes))
    }

    private static func octal(_ value: Int64, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
    }

    private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        let digits = field.prefix { (0x30...0x37).contains($0) }
        guard !digits.isEmpty, field.dropFirst(digits.count).allSatisfy({ $0 == 0 || $0 == 0x20 }) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
