import FluxEvents

/// An event to be appended, and the key whose state it tells.
struct Outgoing {
    var record: Record
    var key: [UInt8]?
    /// Further keys told by the same event (an inventory part).
    var more: [[UInt8]] = []
}
