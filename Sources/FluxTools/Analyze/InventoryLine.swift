import FluxEvents
import Glibc

/// One line of an S3 inventory (CSV): an object that is there. Columns are chosen by whoever sets an inventory up, in a fixed
/// order, and a file does not name them; what each is shows by what it holds.
///
/// Source: Amazon S3 User Guide, "Amazon S3 inventory list" (CSV: every field in quotes, keys encoded as in URLs). Pure.
struct InventoryLine: Hashable {
    var bucket: String
    var key: [UInt8]
    var size: Int64?
    /// Seconds since 1970.
    var modified: Int64?
    var storageClass: String?
    /// False of older versions and of delete markers.
    var isThere = true

    private static let classes: Set = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "GLACIER_IR",
        "DEEP_ARCHIVE", "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE",
    ]

    /// Nil where it is none.
    init?(_ line: UnsafeRawBufferPointer) {
        guard line.count > 4, line.first == UInt8(ascii: "\""), line.last == UInt8(ascii: "\"") else { return nil }
        let text = String(decoding: line.dropFirst().dropLast(), as: UTF8.self)
        let fields = text.split(separator: "\",\"", omittingEmptySubsequences: false)
        guard fields.count >= 2, !fields[0].isEmpty,
            let key = PercentCoding.decode(bytes: fields[1].utf8, plusIsSpace: true), !key.isEmpty
        else { return nil }
        bucket = String(fields[0])
        self.key = key
        var rest = fields.dropFirst(2)
        // With versions: the version, whether it is the latest, whether it is a delete marker.
        if rest.count >= 3, let latest = Self.flag(fields[3]), let marker = Self.flag(fields[4]) {
            isThere = latest && !marker
            rest = rest.dropFirst(3)
        }
        for field in rest {
            if size == nil, modified == nil, let number = Int64(field), number >= 0 {
                size = number
            } else if modified == nil, field.utf8.count >= 20, let time = Timestamp(rfc3339: field) {
                modified = time.milliseconds / 1000
            } else if storageClass == nil, Self.classes.contains(String(field)) {
                storageClass = String(field)
            }
        }
    }

    private static func flag(_ field: Substring) -> Bool? {
        switch field {
        case "true": true
        case "false": false
        default: nil
        }
    }
}
