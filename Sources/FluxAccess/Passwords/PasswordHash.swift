import Crypto
import CryptoExtras
import FoundationEssentials

/// The cost of scrypt (RFC 7914): `128 · 2^logRounds · blockSize` bytes of memory, `parallelism` passes over it.
public struct PasswordCost: Sendable, Hashable {
    public var logRounds: Int
    public var blockSize: Int
    public var parallelism: Int

    public init(logRounds: Int, blockSize: Int, parallelism: Int) {
        self.logRounds = logRounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// N = 2^15, r = 8, p = 3: 32 MiB. One of the settings that OWASP names as equal in strength to N = 2^17, p = 1; the
    /// smaller memory was taken because a server on a small machine must not grow by 128 MiB when somebody signs in.
    public static let standard = PasswordCost(logRounds: 15, blockSize: 8, parallelism: 3)

    /// What a stored hash may ask for; a damaged or planted row must not cost gigabytes.
    var isAcceptable: Bool {
        (1...20).contains(logRounds) && (1...32).contains(blockSize) && (1...16).contains(parallelism)
            && (128 * blockSize) << logRounds <= 1 << 30
    }
}

/// A salted scrypt hash, written `scrypt$15,8,3$SALT$HASH` (base64, URL-safe).
struct PasswordHash: Sendable, Hashable {
    static let saltBytes = 16
    static let hashBytes = 32

    var cost: PasswordCost
    var salt: [UInt8]
    var hash: [UInt8]

    /// Derives a new one. Slow on purpose: only on the ``PasswordQueue``.
    init(password: [UInt8], cost: PasswordCost, salt: [UInt8] = RandomText.bytes(saltBytes)) throws(AccessError) {
        self.cost = cost
        self.salt = salt
        hash = try Self.derive(password, salt: salt, cost: cost)
    }

    init?(text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "scrypt" else { return nil }
        let numbers = parts[1].split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let logRounds = numbers[0], let blockSize = numbers[1], let parallelism = numbers[2],
            let salt = RandomText.decodeBase64(parts[2]), let hash = RandomText.decodeBase64(parts[3]),
            salt.count == Self.saltBytes, hash.count == Self.hashBytes
        else { return nil }
        cost = PasswordCost(logRounds: logRounds, blockSize: blockSize, parallelism: parallelism)
        guard cost.isAcceptable else { return nil }
        self.salt = salt
        self.hash = hash
    }

    var text: String {
        "scrypt$\(cost.logRounds),\(cost.blockSize),\(cost.parallelism)$\(RandomText.base64(of: salt))$"
            + RandomText.base64(of: hash)
    }

    /// Slow on purpose; constant time in where the bytes differ.
    func matches(_ password: [UInt8]) throws(AccessError) -> Bool {
        constantTimeEqual(try Self.derive(password, salt: salt, cost: cost), hash)
    }

    private static func derive(_ password: [UInt8], salt: [UInt8], cost: PasswordCost) throws(AccessError) -> [UInt8] {
        // No password is empty, but a login may carry an empty one, for which the library has no pointer.
        let password = password.isEmpty ? [0] : password
        do {
            let key = try KDF.Scrypt.deriveKey(
                from: password, salt: salt, outputByteCount: hashBytes, rounds: 1 << cost.logRounds,
                blockSize: cost.blockSize, parallelism: cost.parallelism)
            return key.withUnsafeBytes { Array($0) }
        } catch {
            throw AccessError(
                .database, "The password could not be hashed, most likely for lack of memory. Try again.",
                underlying: error)
        }
    }
}
