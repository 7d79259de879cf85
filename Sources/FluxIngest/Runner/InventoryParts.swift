import FluxEvents
import FluxStores
import NIOCore

/// Numbers and cuts an inventory's parts. Each call gives whole parts, so that nothing of what was found waits while
/// live changes are told.
struct InventoryParts {
    let id: String
    private(set) var parts = 0

    init(now: Timestamp) {
        id = "inv_" + Identifier.ulid(at: now).dropFirst("evt_".count)
    }

    /// The data of the parts for these objects; the last of them is final where `final` is true (then there is at least
    /// one, with no objects if need be).
    mutating func data(
        _ found: [FoundObject], final: Bool, events: FolderEvents
    ) -> [(data: ByteBuffer, objects: [FoundObject])] {
        var groups: [[FoundObject]] = []
        var bodies: [ByteBuffer] = []
        var bytes = 0
        for object in found {
            let body = Self.entry(object)
            let full =
                groups.last.map {
                    $0.count == InventoryWriter.maximumObjects
                        || bytes + body.readableBytes + 1 > InventoryWriter.maximumBytes - Self.overhead(events)
                } ?? true
            if full {
                groups.append([])
                bodies.append(ByteBuffer())
                bytes = 0
            } else {
                bodies[bodies.count - 1].writeString(",")
            }
            groups[groups.count - 1].append(object)
            bodies[bodies.count - 1].writeImmutableBuffer(body)
            bytes += body.readableBytes + 1
        }
        if final, groups.isEmpty {
            groups.append([])
            bodies.append(ByteBuffer())
        }
        return zip(groups, bodies).enumerated().map { place, part in
            (self.part(part.1, final: final && place == groups.count - 1, events: events), part.0)
        }
    }

    private static func overhead(_ events: FolderEvents) -> Int { 512 + events.bucket.utf8.count * 6 }

    private mutating func part(_ objects: ByteBuffer, final: Bool, events: FolderEvents) -> ByteBuffer {
        parts += 1
        var list = ByteBuffer(string: "[")
        list.writeImmutableBuffer(objects)
        list.writeString("]")
        var json = JSONWriter()
        json.beginObject()
        json.field("inventory_id", id)
        json.field("store_id", events.storeID)
        json.field("provider", Provider.file.rawValue)
        json.field("bucket", events.bucket)
        json.field("part", parts)
        json.field("final", final)
        json.field("objects", raw: list)
        json.endObject()
        return json.buffer
    }

    private static func entry(_ found: FoundObject) -> ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.field("file_name", String(decoding: found.key, as: UTF8.self))
        if String(validating: found.key, as: UTF8.self) == nil {
            json.field("file_name_base64", Base64.encode(found.key))
        }
        json.field("size_bytes", found.status.size)
        json.field("last_modified", FolderEvents.modified(found.status))
        json.field("mtime_ns", found.status.mtimeNanoseconds)
        json.field("inode", Int64(clamping: found.status.inode))
        json.endObject()
        return json.buffer
    }
}
