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

    public init(of key: some BidirectionalCollection<UInt8>) {
        let slash = key.firstIndex(of: UInt8(ascii: "/"))
        folder = slash.map { Array(key[..<$0]) } ?? []
        let name = key.lastIndex(of: UInt8(ascii: "/")).map { key[key.index(after: $0)...] } ?? key[...]
        ending = name.lastIndex(of: UInt8(ascii: ".")).map { Array(name[$0...]) } ?? []
    }
}
