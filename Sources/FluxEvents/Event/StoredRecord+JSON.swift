public import NIOCore

extension StoredRecord {
    /// Appends the native envelope of the event in the record, as `StoredEvent.writeJSON` does; false, and nothing is
    /// appended, where the record is no event.
    public func writeEventJSON(into buffer: inout ByteBuffer, simulated: Bool) -> Bool {
        let room = EnvelopeWriter.maximumBytes(contentBytes: record.bytes)
        let written = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
            guard var out = RawWriter(memory) else { return 0 }
            var writer = EnvelopeWriter()
            _ = withBytes { writer.writeNative($0, simulated: simulated, includesInventory: true, into: &out) }
            return out.count
        }
        if written > 0 { return true }
        guard let event = try? StoredEvent(self, simulated: simulated) else { return false }
        event.writeJSON(into: &buffer)
        return true
    }
}

extension Record {
    /// Whether it is a `system.inventory` event.
    public var isInventory: Bool {
        withHeaders { bytes, headers in
            while let header = headers.next() {
                guard let value = header.value, HeaderScan.equal(bytes, header.name, RecordHeaderName.type) else {
                    continue
                }
                return HeaderScan.equal(bytes, value, "io.cloudflux.system.inventory.v1")
            }
            return false
        }
    }
}
