/// Reading what stands between a JSON string's quotes; the scanner has checked it.
enum JSONText {
    /// The UTF-16 unit of four hexadecimal digits at `index`.
    static func hexUnit(_ bytes: Span<UInt8>, at index: Int) -> UInt16? {
        guard index + 4 <= bytes.count else { return nil }
        var unit: UInt16 = 0
        for place in index..<index + 4 {
            switch bytes[place] {
            case 0x30...0x39: unit = unit << 4 | UInt16(bytes[place] - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt16(bytes[place] - 0x41 + 10)
            case 0x61...0x66: unit = unit << 4 | UInt16(bytes[place] - 0x61 + 10)
            default: return nil
            }
        }
        return unit
    }

    /// The UTF-8 bytes a string stands for. `range` is without the quotes.
    static func decoded(_ bytes: Span<UInt8>, _ range: Range<Int>, hasEscapes: Bool) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            guard hasEscapes, byte == UInt8(ascii: "\\"), index + 1 < range.upperBound else {
                out.append(byte)
                index += 1
                continue
            }
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = UInt32(hexUnit(bytes, at: index) ?? 0xFFFD)
                index += 4
                if scalar & 0xFC00 == 0xD800 {
                    let low = UInt32(hexUnit(bytes, at: index + 2) ?? 0xDC00)
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
                    index += 6
                }
                append(scalar, to: &out)
            case let other: out.append(other)
            }
        }
        return out
    }

    private static func append(_ scalar: UInt32, to out: inout [UInt8]) {
        switch scalar {
        case ..<0x80:
            out.append(UInt8(scalar))
        case ..<0x800:
            out.append(UInt8(0xC0 | scalar >> 6))
            out.append(UInt8(0x80 | scalar & 0x3F))
        case ..<0x10000:
            out.append(UInt8(0xE0 | scalar >> 12))
            out.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            out.append(UInt8(0x80 | scalar & 0x3F))
        default:
            out.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            out.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            out.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            out.append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}

/// The names of an object's members.
enum JSONKeys {
    /// Up to here every name is compared with every other; past it the names are sorted by hash first.
    private static let pairwiseLimit = 12

    /// Names are compared as what they stand for, byte by byte: `"a"` and `"\u0061"` are the same name.
    static func refuseDuplicates(_ entries: [JSONEntry], object: Int, _ bytes: Span<UInt8>) throws(JSONError) {
        let count = Int(entries[object].count)
        guard count > 1 else { return }
        if count <= pairwiseLimit {
            var one = object + 1
            for rank in 1..<count {
                one = Int(entries[Int(entries[one].next)].next)
                var other = object + 1
                for _ in 0..<rank {
                    if areEqual(entries[one], entries[other], bytes) { throw duplicate(entries[one], bytes) }
                    other = Int(entries[Int(entries[other].next)].next)
                }
            }
            return
        }
        var names: [(hash: Int, entry: Int)] = []
        names.reserveCapacity(count)
        var entry = object + 1
        for _ in 0..<count {
            // Hasher's seed differs from process to process, so nobody can choose names that collide.
            var hasher = Hasher()
            let name = entries[entry]
            if name.hasEscapes {
                for byte in JSONText.decoded(bytes, content(name), hasEscapes: true) { hasher.combine(byte) }
            } else {
                for index in content(name) { hasher.combine(bytes[index]) }
            }
            names.append((hasher.finalize(), entry))
            entry = Int(entries[Int(name.next)].next)
        }
        names.sort { ($0.hash, $0.entry) < ($1.hash, $1.entry) }
        // Equal names have equal hashes; a run of equal hashes is one name again and again, which ends at once.
        var start = 0
        for index in 1..<names.count {
            if names[index].hash != names[start].hash { start = index }
            for other in start..<index where areEqual(entries[names[index].entry], entries[names[other].entry], bytes) {
                throw duplicate(entries[names[index].entry], bytes)
            }
        }
    }

    /// The bytes between the quotes.
    static func content(_ entry: JSONEntry) -> Range<Int> { Int(entry.start) + 1..<Int(entry.end) - 1 }

    private static func areEqual(_ a: JSONEntry, _ b: JSONEntry, _ bytes: Span<UInt8>) -> Bool {
        if a.hasEscapes || b.hasEscapes {
            return JSONText.decoded(bytes, content(a), hasEscapes: a.hasEscapes)
                == JSONText.decoded(bytes, content(b), hasEscapes: b.hasEscapes)
        }
        let one = content(a)
        let other = content(b)
        guard one.count == other.count else { return false }
        for index in 0..<one.count where bytes[one.lowerBound + index] != bytes[other.lowerBound + index] {
            return false
        }
        return true
    }

    private static func duplicate(_ entry: JSONEntry, _ bytes: Span<UInt8>) -> JSONError {
        let name = String(
            decoding: JSONText.decoded(bytes, content(entry), hasEscapes: entry.hasEscapes), as: UTF8.self)
        return JSONError(
            code: .duplicateKey, message: "The name “\(name.prefix(80))” stands twice in one object",
            offset: Int(entry.start))
    }
}
