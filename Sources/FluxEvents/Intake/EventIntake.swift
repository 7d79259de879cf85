public import NIOCore

/// Turns what a client posted into events.
public enum EventIntake {
    /// One event in native form, or an array of them.
    public static func native(_ body: ByteBuffer, context: IntakeContext) throws(IntakeError) -> [Event] { [] }

    /// One CloudEvent in structured mode (`application/cloudevents+json`).
    public static func cloudEvent(structured body: ByteBuffer, context: IntakeContext) throws(IntakeError) -> [Event] {
        []
    }

    /// CloudEvents in batch mode (`application/cloudevents-batch+json`).
    public static func cloudEvents(batch body: ByteBuffer, context: IntakeContext) throws(IntakeError) -> [Event] { [] }

    /// One CloudEvent in binary mode: attributes in `ce-…` headers (names in any case), data in the body.
    public static func cloudEvent(
        binaryHeaders headers: [(String, String)], body: ByteBuffer, context: IntakeContext
    ) throws(IntakeError) -> [Event] { [] }
}
