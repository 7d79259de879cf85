import Glibc

/// What makes objects alike, as far as a key tells: the first folder and the ending.
public struct ObjectKind: Sendable, Hashable {
    /// Up to the first slash, without it; empty for a key without a folder.
    public var folder: [UInt8]
    /// From the last full stop of the name on, with it; empty where there is none.
    public var ending: [UInt8]

    public init(folder: [UInt8], ending: [UInt8]) {
        self.folder = folder
        self.ending = ending
    }

    public init(of key: [UInt8]) {
        self = key.withUnsafeBytes { key in
            let (folder, ending) = Self.parts(key)
            return ObjectKind(folder: Array(key[..<folder]), ending: Array(key[ending...]))
        }
    }

    /// Where a key's first folder ends, and where its ending begins.
    static func parts(_ key: UnsafeRawBufferPointer) -> (folder: Int, ending: Int) {
        guard let start = key.baseAddress else { return (0, 0) }
        func next(_ byte: UInt8, from place: Int) -> Int? {
            guard place < key.count, let found = memchr(start + place, Int32(byte), key.count - place) else {
                return nil
            }
            return UnsafeRawPointer(found) - start
        }
        let folder = next(UInt8(ascii: "/"), from: 0)
        var name = 0
        var slash = folder
        while let place = slash {
            name = place + 1
            slash = next(UInt8(ascii: "/"), from: name)
        }
        var ending = key.count
        var dot = next(UInt8(ascii: "."), from: name)
        while let place = dot {
            ending = place
            dot = next(UInt8(ascii: "."), from: place + 1)
        }
        return (folder ?? 0, ending)
    }
}

/// Numbers kinds in the order in which they first came, from 0. Of keys whose kind came before, nothing is copied.
public struct KindIndex: Sendable {
    public private(set) var kinds: [ObjectKind] = []
    private var numbers: [UInt64: [Int]] = [:]

    public init() {}

    /// - Parameter limit: so many are numbered; nil for a key of another one then.
    public mutating func number(of key: UnsafeRawBufferPointer, limit: Int = .max) -> Int? {
        let (folder, ending) = ObjectKind.parts(key)
        let (first, last) = (
            UnsafeRawBufferPointer(rebasing: key[..<folder]), UnsafeRawBufferPointer(rebasing: key[ending...])
        )
        var hasher = Hasher()
        hasher.combine(bytes: first)
        hasher.combine(folder)
        hasher.combine(bytes: last)
        let hash = UInt64(bitPattern: Int64(hasher.finalize()))
        for number in numbers[hash] ?? []
        where kinds[number].folder.elementsEqual(first) && kinds[number].ending.elementsEqual(last) {
            return number
        }
        guard kinds.count < limit else { return nil }
        kinds.append(ObjectKind(folder: Array(first), ending: Array(last)))
        numbers[hash, default: []].append(kinds.count - 1)
        return kinds.count - 1
    }
}
