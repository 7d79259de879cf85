public import NIOCore

/// Turns what a client posted into events: all of a request, or an error and none.
///
/// The data of what comes out is compact JSON on one line.
public enum EventIntake {
    /// One event in native form, or an array of them (an empty one is fine).
    public static func native(_ body: ByteBuffer, context: IntakeContext) throws(IntakeError) -> [Event] {
        let root = try parse(body, context)
        var known: KnownType?
        if root.kind == .object { return [try NativeReader.event(root, index: 0, context, known: &known)] }
        guard root.kind == .array else {
            throw .notAnEvent("An event is a JSON object, several are an array of objects.", index: nil, pointer: nil)
        }
        return try all(root, context) { (value, index, context) throws(IntakeError) in
            try NativeReader.event(value, index: index, context, known: &known)
        }
    }

    /// The same as the records that the log takes: in one pass where the events are plain, as nearly all are.
    public static func records(native body: ByteBuffer, context: IntakeContext) throws(IntakeError) -> [Record] {
        if let records = PlainIntake.records(body, context) { return records }
        return Event.records(try native(body, context: context))
    }

    /// One CloudEvent in structured mode (`application/cloudevents+json`).
    public static func cloudEvent(structured body: ByteBuffer, context: IntakeContext) throws(IntakeError) -> [Event] {
        let root = try parse(body, context)
        guard root.kind == .object else {
            throw .notAnEvent(
                "A CloudEvent is a JSON object; an array of them is application/cloudevents-batch+json.", index: nil,
                pointer: nil)
        }
        return [try CloudEventReader.event(root, index: 0, context)]
    }

    /// CloudEvents in batch mode (`application/cloudevents-batch+json`).
    public static func cloudEvents(batch body: ByteBuffer, context: IntakeContext) throws(IntakeError) -> [Event] {
        let root = try parse(body, context)
        guard root.kind == .array else {
            throw .notAnEvent(
                "A batch of CloudEvents is a JSON array; one alone is application/cloudevents+json.", index: nil,
                pointer: nil)
        }
        return try all(root, context, read: CloudEventReader.event)
    }

    /// One CloudEvent in binary mode: attributes in `ce-…` headers (names in any case), data in the body.
    ///
    /// - Parameter headers: all of the request's; those that are not `ce-…` nor `content-type` are passed over.
    public static func cloudEvent(
        binaryHeaders headers: [(String, String)], body: ByteBuffer, context: IntakeContext
    ) throws(IntakeError) -> [Event] {
        [try BinaryReader.event(headers, body, context)]
    }

    /// Whatever the headers say it is: native for `application/json`, one of the CloudEvents modes, or a 415.
    public static func events(
        headers: [(String, String)], body: ByteBuffer, context: IntakeContext
    ) throws(IntakeError) -> [Event] {
        let contentType = headers.first { $0.0.lowercased() == "content-type" }?.1
        let media = contentType.map { MediaType($0) }
        if media?.name == "application/cloudevents+json" {
            return try cloudEvent(structured: body, context: context)
        }
        if media?.name == "application/cloudevents-batch+json" {
            return try cloudEvents(batch: body, context: context)
        }
        if headers.contains(where: { $0.0.lowercased() == "ce-specversion" }) {
            return try cloudEvent(binaryHeaders: headers, body: body, context: context)
        }
        guard media?.name == "application/json", media?.isUTF8 == true else {
            throw IntakeError(
                code: .unsupportedData, status: 415,
                message: "Events are posted as application/json, application/cloudevents+json or "
                    + "application/cloudevents-batch+json, or with ce- headers; "
                    + (contentType.map { "not as “\($0.prefix(80))”." } ?? "the Content-Type is missing."))
        }
        return try native(body, context: context)
    }

    static func parse(_ body: ByteBuffer, _ context: IntakeContext) throws(IntakeError) -> JSONValue {
        guard body.readableBytes <= context.limits.maxBodyBytes else {
            throw .tooLarge(
                "The body has \(body.readableBytes) bytes; at most \(context.limits.maxBodyBytes) are taken "
                    + "(--max-body-bytes). Send it in several requests.", index: nil)
        }
        do {
            // As deep in an array of events as one by one.
            let isArray = body.readableBytesView.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "[")
            let limits = JSONLimits(
                maxDepth: JSONLimits().maxDepth + (isArray ? 1 : 0), maxBytes: max(context.limits.maxBodyBytes, 1))
            return try JSONDocument.parse(body, limits: limits).root
        } catch {
            if error.code == .limit { throw .tooLarge("\(error.message).", index: nil) }
            var error = error
            if error.code == .depth {
                error.message = "An event is nested deeper than \(JSONLimits().maxDepth) levels"
            }
            throw IntakeError(
                code: .malformedJSON, status: 400, message: "The body is not valid JSON: \(error.description).")
        }
    }

    private static func all(
        _ root: JSONValue, _ context: IntakeContext,
        read: (JSONValue, Int, IntakeContext) throws(IntakeError) -> Event
    ) throws(IntakeError) -> [Event] {
        guard root.count <= context.limits.maxEvents else {
            throw .tooLarge(
                "The request has \(root.count) events; at most \(context.limits.maxEvents) are taken "
                    + "(--max-events-per-request). Send them in several requests.", index: nil)
        }
        var events: [Event] = []
        events.reserveCapacity(root.count)
        for element in root.elements {
            guard element.kind == .object else {
                throw .notAnEvent("An event is a JSON object.", index: events.count, pointer: "")
            }
            events.append(try read(element, events.count, context))
        }
        return events
    }
}

extension IntakeError {
    static func notAnEvent(_ message: String, index: Int?, pointer: String?) -> IntakeError {
        IntakeError(code: .notAnEvent, status: 422, message: message, index: index, pointer: pointer)
    }

    static func notAllowed(_ message: String, index: Int?, pointer: String?) -> IntakeError {
        IntakeError(code: .notAllowed, status: 403, message: message, index: index, pointer: pointer)
    }

    static func tooLarge(_ message: String, index: Int?) -> IntakeError {
        IntakeError(code: .tooLarge, status: 413, message: message, index: index)
    }

    static func unsupported(_ message: String, index: Int?, pointer: String?) -> IntakeError {
        IntakeError(code: .unsupportedData, status: 415, message: message, index: index, pointer: pointer)
    }
}

/// A media type as far as we look at it.
struct MediaType {
    /// Type and subtype, in lower case.
    let name: String
    /// Whether the charset, if there is one, is UTF-8.
    let isUTF8: Bool
    private let isPrintable: Bool

    init(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0) }
        isPrintable = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        name = (parts.first ?? "").lowercased()
        isUTF8 = parts.dropFirst().allSatisfy { part in
            let pair = part.split(separator: "=", maxSplits: 1).map { Self.trimmed($0).lowercased() }
            guard pair.count == 2, pair[0] == "charset" else { return true }
            return ["utf-8", "\"utf-8\"", "utf8"].contains(pair[1])
        }
    }

    /// Whether what it names is JSON, with nothing in it that could not stand in a header.
    var isJSON: Bool {
        isPrintable && isUTF8
            && (name == "application/json" || name == "text/json" || name.hasSuffix("+json") && name.contains("/"))
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
