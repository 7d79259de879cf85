public import NIOCore

extension StoredEvent {
    /// The event in a record of the log.
    public init(_ stored: StoredRecord, simulated: Bool) throws(EventError) {
        self.init(
            event: try Event(record: stored.record), partition: stored.partition, offset: stored.offset,
            recordedAt: stored.recordedAt, simulated: simulated)
    }

    /// Appends the native envelope. `data` goes in as the bytes it came as; nulls are written.
    ///
    /// `extensions` (an object) and `subject` (foreign types only: for our own it is `data.file_name`) stand before
    /// `data` where the event has them.
    public func writeJSON(into buffer: inout ByteBuffer) {
        // Most of our events fit; one that does not makes the buffer grow once.
        buffer.reserveCapacity(minimumWritableBytes: 350 + event.data.readableBytes)
        buffer.writeStaticString("{\"id\":")
        buffer.writeJSONString(event.id)
        buffer.writeStaticString(",\"type\":")
        buffer.writeJSONString(event.type.rawValue)
        buffer.writeStaticString(",\"source\":")
        buffer.writeJSONString(event.source)
        buffer.writeStaticString(",\"timestamp\":\"")
        event.time.write(into: &buffer)
        buffer.writeStaticString("\",\"recorded_at\":\"")
        recordedAt.write(into: &buffer)
        buffer.writeStaticString("\",\"partition\":")
        buffer.writeDecimal(Int64(partition))
        buffer.writeStaticString(",\"offset\":")
        buffer.writeDecimal(offset)
        buffer.writeStaticString(",\"correlation_id\":")
        buffer.writeJSONString(orNull: event.correlationID)
        buffer.writeStaticString(",\"user_id\":")
        buffer.writeJSONString(orNull: event.userID)
        buffer.writeStaticString(",\"version\":\"1.0\",\"simulated\":")
        buffer.writeJSONBoolean(simulated)
        if let subject = event.subject, !event.type.isReserved {
            buffer.writeStaticString(",\"subject\":")
            buffer.writeJSONString(subject)
        }
        if !event.extensions.isEmpty {
            buffer.writeStaticString(",\"extensions\":{")
            for (index, one) in event.extensions.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                one.write(into: &buffer)
            }
            buffer.writeStaticString("}")
        }
        buffer.writeStaticString(",\"data\":")
        buffer.writeImmutableBuffer(event.data)
        buffer.writeStaticString("}")
    }

    /// Appends the event as a CloudEvent 1.0 in structured mode. `cursor` is where a reader continues after it.
    public func writeCloudEvent(into buffer: inout ByteBuffer, cursor: String?) {
        buffer.reserveCapacity(minimumWritableBytes: 480 + event.data.readableBytes)
        buffer.writeStaticString("{\"specversion\":\"1.0\",\"id\":")
        buffer.writeJSONString(event.id)
        buffer.writeStaticString(",\"source\":")
        buffer.writeJSONString(event.source)
        buffer.writeStaticString(",\"type\":")
        buffer.writeJSONString(event.type.cloudEventsName)
        if let subject = event.subject, !subject.isEmpty {
            buffer.writeStaticString(",\"subject\":")
            buffer.writeJSONString(subject)
        }
        buffer.writeStaticString(",\"time\":\"")
        event.time.write(into: &buffer)
        buffer.writeStaticString("\"")
        if !event.extensions.contains(where: { $0.name == Event.contentTypeExtension }) {
            buffer.writeStaticString(",\"datacontenttype\":\"application/json\"")
        }
        buffer.writeStaticString(",\"recordedtime\":\"")
        recordedAt.write(into: &buffer)
        buffer.writeStaticString("\"")
        if let correlationID = event.correlationID, !correlationID.isEmpty {
            buffer.writeStaticString(",\"correlationid\":")
            buffer.writeJSONString(correlationID)
        }
        if let userID = event.userID, !userID.isEmpty {
            buffer.writeStaticString(",\"userid\":")
            buffer.writeJSONString(userID)
        }
        buffer.writeStaticString(",\"simulated\":")
        buffer.writeJSONBoolean(simulated)
        if let cursor {
            buffer.writeStaticString(",\"cursor\":")
            buffer.writeJSONString(cursor)
        }
        for one in event.extensions {
            buffer.writeStaticString(",")
            one.write(into: &buffer)
        }
        buffer.writeStaticString(",\"data\":")
        buffer.writeImmutableBuffer(event.data)
        buffer.writeStaticString("}")
    }
}

extension EventExtension {
    /// `"name":value`.
    fileprivate func write(into buffer: inout ByteBuffer) {
        buffer.writeJSONString(name)
        buffer.writeStaticString(":")
        switch value {
        case .string(let text): buffer.writeJSONString(text)
        case .integer(let number): buffer.writeDecimal(Int64(number))
        case .boolean(let flag): buffer.writeJSONBoolean(flag)
        }
    }
}
