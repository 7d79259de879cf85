import Glibc

/// Numbers texts of bytes in the order in which they first came, from 0. All lie one behind the other in one piece of memory.
///
/// The hash is keyed at random, so that keys chosen by somebody else do not all fall into one place.
struct ByteIndex {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var salts: [UInt32] = []
    private var hashes: [UInt32] = []
    /// Numbers and 1; 0 is a free slot. Linear probing, at most half full.
    private var table = [UInt32](repeating: 0, count: 1024)
    private let seed = ByteHash.randomSeed()
    /// The one that was asked for last.
    private var latest = 0

    var count: Int { ends.count }

    subscript(number: Int) -> ArraySlice<UInt8> {
        bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]]
    }

    /// What the text was told apart by.
    func salt(_ number: Int) -> UInt32 { salts[number] }

    /// - Parameter salt: texts with another one are others.
    mutating func number(of text: UnsafeRawBufferPointer, salt: UInt32 = 0) -> Int {
        // Many lines one after the other are of one bucket.
        if latest < ends.count, salts[latest] == salt, equals(latest, text) { return latest }
        latest = find(text, salt: salt)
        return latest
    }

    private mutating func find(_ text: UnsafeRawBufferPointer, salt: UInt32) -> Int {
        let hash = UInt32(truncatingIfNeeded: ByteHash.hash(text, seed: seed ^ UInt64(salt)) >> 32)
        let mask = table.count - 1
        var slot = Int(hash) & mask
        while table[slot] != 0 {
            let number = Int(table[slot]) - 1
            if hashes[number] == hash, salts[number] == salt, equals(number, text) { return number }
            slot = (slot + 1) & mask
        }
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
        salts.append(salt)
        hashes.append(hash)
        table[slot] = UInt32(ends.count)
        if ends.count * 2 > table.count { grow() }
        return ends.count - 1
    }

    private func equals(_ number: Int, _ text: UnsafeRawBufferPointer) -> Bool {
        let start = number == 0 ? 0 : ends[number - 1]
        guard ends[number] - start == text.count else { return false }
        guard let other = text.baseAddress else { return true }
        return bytes.withUnsafeBytes { all in
            all.baseAddress.map { memcmp($0 + start, other, text.count) == 0 } ?? true
        }
    }

    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: table.count * 2)
        let mask = larger.count - 1
        for (number, hash) in hashes.enumerated() {
            var slot = Int(hash) & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = UInt32(number + 1)
        }
        table = larger
    }
}

/// A fast keyed hash of 64 bits: each eight bytes are multiplied with what came before, and both halves of the product kept.
enum ByteHash {
    static func randomSeed() -> UInt64 { .random(in: .min ... .max) }

    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var hash = seed ^ 0x9E37_79B9_7F4A_7C15
        var place = 0
        while place + 8 <= bytes.count {
            hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var rest = UInt64(bytes.count) << 56
        var shift: UInt64 = 0
        while place < bytes.count {
            rest |= UInt64(bytes[place]) << shift
            shift += 8
            place += 1
        }
        return mix(mix(hash ^ rest) ^ seed)
    }

    static func mix(_ word: UInt64) -> UInt64 {
        let product = word.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}
