/// A text that must never be shown by accident: a password, a token, a cookie value.
///
/// Printing, interpolating, dumping or logging it gives `‹secret›`. Only ``reveal()`` gives the text.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    public init(_ text: some StringProtocol) {
        self.text = String(text)
    }

    /// The text itself, for the one place that has to send, print or hash it.
    public func reveal() -> String { text }

    public var description: String { "‹secret›" }
    public var debugDescription: String { "‹secret›" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Compares without telling by its time where the first difference is. Only the lengths may be learnt.
func constantTimeEqual(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for (x, y) in zip(a, b) { difference |= x ^ y }
    return difference == 0
}
