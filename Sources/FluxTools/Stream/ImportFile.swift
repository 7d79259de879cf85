import Crypto
import FluxEvents
import NIOCore

/// A file of events, and what gives a line of it the same source and id in every run.
///
/// An event is recognised by its source and id. What the server would make up for a line without them differs from run
/// to run, so they are made here, from nothing but the file's name and the line.
struct ImportFile: Sendable {
    /// The file, as a person knows it.
    let name: String
    /// The source of lines that bring none.
    let source: String

    /// The id of a line that brings none begins so.
    static let idPrefix = "imp_"

    private let salt: [UInt8]
    /// How often each line without an id came, by 64 bits of its hash. Two lines that share them get numbers that they
    /// need not have, the same ones in each run.
    private var seen: [UInt64: UInt32] = [:]

    /// - Parameters:
    ///   - path: a path, or `-` for standard input.
    ///   - source: what a person says that lines without a source come from.
    init(path: String, source: String?) {
        let last = path == "-" ? "standard-input" : path.split(separator: "/").last.map(String.init) ?? path
        name = path == "-" ? "standard input" : path
        self.source = source ?? "/imports/" + PercentCoding.encode(last)
        salt = Array("\(self.source)\n\(last)\n".utf8)
    }

    /// The id of a line that brings none: from its bytes, and from its number among equal lines.
    mutating func id(of line: ByteBuffer) -> String {
        var hash = SHA256()
        hash.update(data: salt)
        line.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        let digest = hash.finalize().prefix(16)
        let key = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let number = seen[key, default: 0] + 1
        seen[key] = number
        let digits = Array("0123456789abcdef".utf8)
        let text = String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        return Self.idPrefix + text + (number == 1 ? "" : "-\(number)")
    }
}
