import NIOCore

/// Which members each type's `data` has; the schemas are made of this.
///
/// Members that are not named are allowed: a later version may add some, and a reader must not break on them.
enum SchemaTexts {
    struct Shape {
        var description: String
        var required: [String] = []
        /// Members of this type only, as name and schema.
        var own: [(name: String, schema: String)] = []
    }

    private static let text = #"{"type":"string"}"#
    private static let name = #"{"type":"string","minLength":1}"#
    private static let time = #"{"type":"string","format":"date-time"}"#
    private static let count = #"{"type":"integer","minimum":0}"#
    private static let number = #"{"type":"number"}"#

    /// What the data of any type may have, and what it is then.
    static let common: [(name: String, schema: String)] = [
        (
            "file_name",
            #"{"type":"string","minLength":1,"description":"The object's key; in a folder the path below it."}"#
        ),
        (
            "file_name_base64",
            #"{"type":"string","contentEncoding":"base64","description":"The key's bytes where they are not UTF-8."}"#
        ),
        ("provider", #"{"enum":["aws","azure","gcp","file"]}"#),
        ("account", text),
        ("bucket", #"{"type":"string","minLength":1,"description":"In a folder store its absolute path."}"#),
        ("version_id", text), ("operation", text),
        ("size_bytes", count), ("size_mb", #"{"type":"number","minimum":0}"#),
        ("storage_class", text), ("etag", text), ("last_modified", time),
        ("access_count", count),
        (
            "bytes",
            #"{"type":"integer","minimum":0,"description":"Given to who read, in all accesses together."}"#
        ),
        ("data_temperature", #"{"enum":["HOT","WARM","COLD","ARCHIVE"]}"#),
        ("pattern_type", text), ("current_tier", text), ("recommended_tier", text),
        ("amount", #"{"type":"number","description":"Money a month, with two decimals."}"#),
        ("currency", #"{"type":"string","minLength":3,"maxLength":3}"#),
        ("confidence", #"{"type":"number","minimum":0,"maximum":1}"#),
        ("predicted_value", #"{"type":["number","string"]}"#),
        ("migration_id", name), ("progress", #"{"type":"number","minimum":0,"maximum":100}"#),
        ("status", text), ("error", text), ("store_id", name), ("url", text),
        ("details", #"{"type":"object"}"#),
    ]

    private static let object = ["file_name", "provider", "bucket"]
    private static let store = ["store_id", "url", "provider", "bucket"]
    private static let storeMembers = [
        (name: "origin", schema: #"{"type":"string"}"#), (name: "reason", schema: #"{"type":"string"}"#),
    ]

    static let shapes: [(type: EventType, shape: Shape)] = [
        (.upload, Shape(description: "An object was written.", required: object)),
        (.download, Shape(description: "An object was read.", required: object)),
        (.delete, Shape(description: "An object was deleted.", required: object)),
        (.migrationStarted, Shape(description: "A migration began.", required: ["migration_id"])),
        (.migrationProgress, Shape(description: "How far a migration is.", required: ["migration_id", "progress"])),
        (.migrationCompleted, Shape(description: "A migration ended well.", required: ["migration_id"])),
        (.migrationFailed, Shape(description: "A migration ended badly.", required: ["migration_id", "error"])),
        (.prediction, Shape(description: "A forecast, with how sure it is.")),
        (.costAlert, Shape(description: "Something costs more than it should.", required: ["amount"])),
        (.savingsFound, Shape(description: "Money that a move would save.", required: ["amount"])),
        (.patternDetected, Shape(description: "How something is used.", required: ["pattern_type"])),
        (
            .inventory,
            Shape(
                description: "A part of what already lay in a store when it was first watched.",
                required: ["inventory_id", "part", "final", "objects"],
                own: [
                    ("inventory_id", name), ("part", #"{"type":"integer","minimum":1}"#),
                    ("final", #"{"type":"boolean"}"#),
                    (
                        "objects",
                        #"{"type":"array","maxItems":1000,"items":{"type":"object","required":["file_name","size_bytes"],"#
                            + #""properties":{"file_name":{"type":"string","minLength":1},"file_name_base64":{"type":"string"},"#
                            + #""size_bytes":{"type":"integer","minimum":0},"storage_class":{"type":"string"},"#
                            + #""etag":{"type":"string"},"version_id":{"type":"string"},"#
                            + #""last_modified":{"type":"string","format":"date-time"},"mtime_ns":{"type":"integer"},"#
                            + #""inode":{"type":"integer","minimum":0}}}}"#
                    ),
                ])
        ),
        (.storeAdded, Shape(description: "A store is watched from now on.", required: store, own: storeMembers)),
        (.storeRemoved, Shape(description: "A store is no longer watched.", required: ["store_id"], own: storeMembers)),
        (
            .storeAway,
            Shape(
                description:
                    "A store's root is gone or changed, or too much vanished at once; nothing is taken as deleted.",
                required: ["store_id"], own: storeMembers)
        ),
        (.storeBack, Shape(description: "A store that was away is back.", required: ["store_id"], own: storeMembers)),
        (.storePaused, Shape(description: "Somebody paused a store.", required: ["store_id"], own: storeMembers)),
        (.storeResumed, Shape(description: "Somebody resumed a store.", required: ["store_id"], own: storeMembers)),
        (
            .watchOverflow,
            Shape(
                description: "The watcher's queue overflowed; a rescan finds what was missed.", required: ["store_id"],
                own: storeMembers)
        ),
        (.serverStarted, Shape(description: "The server started.", own: [("server_version", text)])),
        (.serverStopping, Shape(description: "The server stops.", own: [("reason", text)])),
    ]

    /// The schema as JSON text.
    ///
    /// - Parameter isDocument: whether it stands alone, and so says what it is; else it is a part of another document.
    static func schema(_ type: EventType, _ shape: Shape, isDocument: Bool) -> String {
        var json = JSONWriter()
        json.beginObject()
        if isDocument {
            json.field("$schema", "https://json-schema.org/draft/2020-12/schema")
            json.field("$id", "urn:cloudflux:schema:\(type.rawValue):v1")
        }
        json.field("title", type.rawValue)
        json.field("description", shape.description)
        json.field("type", "object")
        json.key("required")
        json.beginArray()
        for name in shape.required { json.string(name) }
        json.endArray()
        json.key("properties")
        json.beginObject()
        for (name, schema) in common + shape.own { json.field(name, raw: .init(string: schema)) }
        json.endObject()
        json.endObject()
        return String(buffer: json.buffer)
    }
}
