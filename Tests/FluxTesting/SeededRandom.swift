import Foundation

/// Random numbers that a seed repeats (SplitMix64). The seed belongs in the text of every failure;
/// `CLOUDFLUX_TEST_SEED` repeats a run.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    public let seed: UInt64
    private var state: UInt64

    /// - Parameter seed: nil for that of the environment, or else a new one.
    public init(seed: UInt64? = nil) {
        self.seed = seed ?? Self.given ?? UInt64.random(in: 0...UInt64.max)
        state = self.seed
    }

    /// Seeds for as many runs; the one of the environment where it names one.
    public static func seeds(_ count: Int) -> [UInt64] {
        given.map { [$0] } ?? (0..<count).map { _ in UInt64.random(in: 0...UInt64.max) }
    }

    private static var given: UInt64? {
        ProcessInfo.processInfo.environment["CLOUDFLUX_TEST_SEED"].flatMap { UInt64($0) }
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    public mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

    public mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
