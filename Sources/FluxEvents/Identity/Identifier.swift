import Crypto
import Synchronization

/// Event ids: random and in order of time where we are the source, derived where the outside has an id of its own.
public enum Identifier {
    /// `evt_` and a ULID of 26 characters: 48 bits of milliseconds and 80 random bits. Ids made by this process rise,
    /// also within a millisecond and when the clock runs backwards.
    public static func ulid(at time: Timestamp) -> String {
        "evt_"
            + generator.withLock { generator in
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

/// Makes ULIDs that rise: a new millisecond gets 80 random bits, the same one (or an earlier) the last value plus one.
struct ULIDGenerator: Sendable {
    private var milliseconds: UInt64 = 0
    private var high: UInt16 = 0
    private var low: UInt64 = 0
    private var isFirst = true

    mutating func next(at time: Timestamp, random: inout some RandomNumberGenerator) -> String {
        let now = UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF
        if isFirst || now > milliseconds {
            isFirst = false
            milliseconds = now
            // The top bit stays clear, which leaves 2^79 successors within the millisecond.
            high = UInt16.random(in: 0...0x7FFF, using: &random)
            low = UInt64.random(in: 0...UInt64.max, using: &random)
        } else {
            low &+= 1
            if low == 0 {
                high &+= 1
                if high == 0 { milliseconds += 1 }
            }
        }
        return text
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// Crockford's base 32, 26 characters for 130 bits of which the first two are 0.
    private var text: String {
        var upper = milliseconds << 16 | UInt64(high)
        var lower = low
        var characters = [UInt8](repeating: 0, count: 26)
        for index in stride(from: 25, through: 0, by: -1) {
            characters[index] = Self.alphabet[Int(lower & 31)]
            lower = lower >> 5 | upper << 59
            upper >>= 5
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
