public import NIOCore

/// What a shell (a WebSocket, an SSE response) is to the hub: somewhere to put finished messages. Called only on the
/// event loop that it was connected on.
public protocol LiveSink: AnyObject {
    /// Whether more may be written now. The shell calls `LiveConnection.writabilityChanged` when this changes.
    var isWritable: Bool { get }
    /// How far the client is; asked a few times in a heartbeat.
    var progress: SinkProgress { get }
    /// Whether the client can be pinged. One that cannot is only watched for progress.
    var supportsPing: Bool { get }
    /// Whole messages in the form of the sink's framing. To be flushed at once; the bytes are shared with others.
    func write(_ bytes: ByteBuffer)
    func ping()
    /// Let what was written go out, say why, end. Nothing is written after it.
    func close(_ why: LiveClose)
    /// Cut the connection off now, whatever still waits.
    func abort()
}

/// How messages are wrapped for one kind of client. Equal names share bytes.
public protocol LiveFraming: Sendable {
    /// Two framings of the same name must write the same bytes.
    var name: String { get }
    /// Makes the state for one event loop; it is used on that loop only.
    func makeFramer() -> any LiveFramer
}

/// Wraps messages. Confined to an event loop.
public protocol LiveFramer: AnyObject {
    /// Appends one message.
    ///
    /// - Parameters:
    ///   - type: the message's `type`; `cloudevent` for a bare CloudEvent.
    ///   - cursor: where a reader resumes after this message, where it has such a place.
    ///   - payload: the message's JSON. Not to be kept.
    func frame(type: String, cursor: ByteBuffer?, payload: ByteBuffer, into out: inout ByteBuffer)
}

/// What a message holds.
public enum LiveContent: Sendable, Hashable {
    /// `event` messages, one an event.
    case single
    /// `events` messages, many events in each.
    case batch
    /// Bare CloudEvents, one a message, and no other messages (subprotocol `cloudevents.json`).
    case cloudEvents
}
