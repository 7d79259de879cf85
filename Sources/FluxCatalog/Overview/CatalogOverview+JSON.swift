import FluxEvents
import FluxTiering
public import NIOCore

extension CatalogOverview {
    /// The body of `GET /api/overview`.
    public func writeJSON(into buffer: inout ByteBuffer) {
        var json = JSONWriter(buffer)
        json.beginObject()
        json.field("objects", objects)
        json.field("bytes", bytes)
        json.key("stores")
        json.beginArray()
        for store in stores {
            json.beginObject()
            json.field("id", store.id)
            json.field("url", store.url)
            json.field("bucket", store.bucket)
            json.field("objects", store.objects)
            json.field("bytes", store.bytes)
            json.endObject()
        }
        json.endArray()
        json.key("classes")
        json.beginArray()
        for part in classes {
            json.beginObject()
            json.field("storage_class", part.name)
            json.field("objects", part.objects)
            json.field("bytes", part.bytes)
            json.endObject()
        }
        json.endArray()
        json.key("temperatures")
        json.beginArray()
        for part in temperatures {
            json.beginObject()
            json.field("data_temperature", part.temperature?.rawValue)
            json.field("objects", part.objects)
            json.field("bytes", part.bytes)
            json.endObject()
        }
        json.endArray()
        json.key("reads")
        json.days(reads)
        json.key("hottest")
        if let hottest { json.objects(hottest) } else { json.null() }
        json.key("coldest")
        json.objects(coldest)
        json.field("generated_at", generatedAt)
        asOf.write(into: &json)
        json.endObject()
        buffer = json.buffer
    }
}

extension JSONWriter {
    /// An array of objects.
    mutating func objects(_ objects: [CatalogObject]) {
        beginArray()
        for object in objects {
            beginObject()
            object.writeMembers(into: &self)
            endObject()
        }
        endArray()
    }
}
