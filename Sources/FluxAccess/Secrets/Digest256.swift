import Crypto
import FoundationEssentials

/// A SHA-256 digest as a dictionary key: what is kept of a random secret, in memory and on disk.
///
/// A plain hash is enough, because the secrets are 256 random bits; passwords go through scrypt instead.
struct Digest256: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    init(of text: some StringProtocol) {
        var hash = SHA256()
        var copy = String(text)
        copy.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        self.init(
            words: hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) })
    }

    /// From the 32 bytes of the database; nil where there are not 32.
    init?(bytes: Data) {
        guard bytes.count == 32 else { return nil }
        self.init(words: bytes.withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) })
    }

    private init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    var data: Data { withUnsafeBytes(of: words) { Data($0) } }

    static func == (a: Digest256, b: Digest256) -> Bool {
        (a.words.0 ^ b.words.0) | (a.words.1 ^ b.words.1) | (a.words.2 ^ b.words.2) | (a.words.3 ^ b.words.3) == 0
    }

    func hash(into hasher: inout Hasher) {
        // The digest of random bits is itself as good as random; one word of it spreads over the buckets.
        hasher.combine(words.0)
    }
}
