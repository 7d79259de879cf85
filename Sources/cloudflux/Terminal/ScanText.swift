import FluxEvents
import FluxTools
import NIOCore

/// Shows what a scan met.
enum ScanText {
    static func print(_ tally: ScanTally) throws {
        let total = tally.total
        try Terminal.output(
            "\(total.objects) \(total.objects == 1 ? "object" : "objects"), \(EventLine.bytes(total.bytes))")
        if !tally.classes.isEmpty {
            try Terminal.output("")
            let rows = tally.classes.sorted { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }.map {
                [$0.key, String($0.value.objects), EventLine.bytes($0.value.bytes)]
            }
            try Terminal.table(["STORAGE CLASS", "OBJECTS", "SIZE"], rows, right: [1, 2])
        }
        for (title, items) in [("LARGEST", tally.largest), ("OLDEST", tally.oldest)] where !items.isEmpty {
            try Terminal.output("")
            let rows = items.map {
                [
                    Terminal.printable(String(decoding: $0.key, as: UTF8.self)), EventLine.bytes($0.size),
                    $0.modified.rfc3339,
                ]
            }
            try Terminal.table([title, "SIZE", "MODIFIED"], rows, right: [1])
        }
    }

    static func json(_ tally: ScanTally) -> String {
        var out = JSONWriter()
        out.object { out in
            out.field("objects", tally.total.objects)
            out.field("bytes", tally.total.bytes)
            out.key("storage_classes")
            out.object { out in
                for (name, sum) in tally.classes.sorted(by: { $0.key < $1.key }) {
                    out.key(name)
                    out.object { out in
                        out.field("objects", sum.objects)
                        out.field("bytes", sum.bytes)
                    }
                }
            }
            for (name, items) in [("largest", tally.largest), ("oldest", tally.oldest)] {
                out.key(name)
                out.array { out in
                    for item in items {
                        out.object { out in
                            out.field("file_name", String(decoding: item.key, as: UTF8.self))
                            if String(validating: item.key, as: UTF8.self) == nil {
                                out.field("file_name_base64", Base64.encode(item.key))
                            }
                            out.field("size_bytes", item.size)
                            out.field("last_modified", item.modified)
                            if let name = item.storageClass { out.field("storage_class", name) }
                        }
                    }
                }
            }
        }
        return out.line
    }
}
