import Crypto
import Synchronization

/// Event ids: random and in order of time where we are the source, derived where the outside has an id of its own.
public enum Identifier {
    /// `evt_` and a ULID of 26 characters: 48 bits of milliseconds and 80 random bits. Ids made by this process rise,
    /// also within a millisecond and when the clock runs backwards.
    public static func ulid(at time: Timestamp) -> String { nextULID(at: time).text }

    /// The same, as a number.
    static func nextULID(at time: Timestamp) -> ULID {
        generator.withLock { generator in
            var random = SystemRandomNumberGenerator()
            return generator.next(at: time, random: &random)
        }
    }

    /// `evt_` and 22 URL-safe characters: 128 bits of a SHA-256 of the source and the id that the outside gave.
    public static func derived(source: String, outsideID: some Sequence<UInt8>) -> String {
        "evt_" + digest(domain: "cloudflux event", parts: [Array(source.utf8), Array(outsideID)])
    }

    /// The parts go in with their lengths, so that no two lists of parts are the same bytes.
    static func digest(domain: String, parts: [[UInt8]]) -> String {
        var hash = SHA256()
        hash.update(data: Array(domain.utf8))
        for part in parts {
            withUnsafeBytes(of: UInt64(part.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        return Base64URL.encode(hash.finalize().prefix(16))
    }

    private static let generator = Mutex(ULIDGenerator())
}

/// 48 bits of milliseconds and 80 random bits.
struct ULID: Sendable {
    fileprivate(set) var milliseconds: UInt64 = 0
    fileprivate(set) var high: UInt16 = 0
    fileprivate(set) var low: UInt64 = 0

    private static let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    private static let prefix: StaticString = "evt_"
    /// The length of `text`.
    static let textBytes = 30

    /// `evt_`, and Crockford's base 32: 26 characters for 130 bits of which the first two are 0.
    var text: String {
        String(unsafeUninitializedCapacity: Self.textBytes) { characters in
            write(to: UnsafeMutableRawBufferPointer(characters))
            return Self.textBytes
        }
    }

    /// Writes `text` to memory that is long enough.
    func write(to characters: UnsafeMutableRawBufferPointer) {
        var upper = milliseconds << 16 | UInt64(high)
        var lower = low
        for index in stride(from: Self.textBytes - 1, through: 4, by: -1) {
            // Safe: five bits of 32 characters.
            characters[index] = Self.alphabet.utf8Start[Int(lower & 31)]
            lower = lower >> 5 | upper << 59
            upper >>= 5
        }
        for index in 0..<4 { characters[index] = Self.prefix.utf8Start[index] }
    }
}

/// Makes ULIDs that rise: a new millisecond gets 80 random bits, the same one (or an earlier) the last value plus one.
struct ULIDGenerator: Sendable {
    private var last = ULID()
    private var isFirst = true

    mutating func next(at time: Timestamp, random: inout some RandomNumberGenerator) -> ULID {
        let now = UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF
        if isFirst || now > last.milliseconds {
            isFirst = false
            last.milliseconds = now
            // The top bit stays clear, which leaves 2^79 successors within the millisecond.
            last.high = UInt16.random(in: 0...0x7FFF, using: &random)
            last.low = UInt64.random(in: 0...UInt64.max, using: &random)
        } else {
            last.low &+= 1
            if last.low == 0 {
                last.high &+= 1
                if last.high == 0 { last.milliseconds += 1 }
            }
        }
        return last
    }
}
