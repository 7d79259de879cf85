package import FluxEvents

/// A framing whose messages are written where they go out, with nothing in between. Any thread: what it writes depends on
/// nothing but the message.
package protocol InPlaceFraming: LiveFraming {
    /// False where this one wraps finished messages only.
    var isInPlace: Bool { get }
    /// Whether the cursor stands before the message, so that it must be known when the message begins.
    var tellsCursorFirst: Bool { get }
    /// The most that goes around a message, besides its type and its cursor.
    var overhead: Int { get }
    /// Writes what stands before the JSON of a message. `next` is the offset of its cursor.
    func begin(_ type: StaticString, cursor: CursorText, next: Int64, into out: inout RawWriter)
    /// Writes what stands behind it, and what depends on its length.
    ///
    /// - Parameter start: how much had been written before `begin`.
    func end(from start: Int, into out: inout RawWriter)
}
