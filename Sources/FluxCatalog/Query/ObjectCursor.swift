import FoundationEssentials

/// Where a page ends: the sort value and row id of its last object, and a fingerprint of the query it belongs to.
///
/// Because it is a place in the order and no count, objects that come or go before it change nothing of what follows.
struct ObjectCursor: Sendable, Equatable {
    /// What a list is sorted by, of one row.
    enum Value: Sendable, Equatable {
        case number(Int64)
        case key([UInt8])
    }

    var value: Value
    var id: Int64

    /// The longest text that is looked at.
    static let maximumLength = 16 << 10
    private static let version: UInt8 = 1

    func text(for query: ObjectQuery) -> String {
        var bytes: [UInt8] = [Self.version]
        bytes.append(contentsOf: Self.big(Self.fingerprint(query)))
        bytes.append(contentsOf: Self.big(UInt64(bitPattern: id)))
        switch value {
        case .number(let number): bytes.append(contentsOf: Self.big(UInt64(bitPattern: number)))
        case .key(let key): bytes.append(contentsOf: key)
        }
        return Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    init(value: Value, id: Int64) {
        self.value = value
        self.id = id
    }

    init(text: String, for query: ObjectQuery) throws(CatalogError) {
        guard text.utf8.count <= Self.maximumLength, text.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2F && $0 != 0x3D }),
            let data = Data(
                base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/")
                    + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
        else { throw Self.malformed }
        let bytes = [UInt8](data)
        guard bytes.count >= 17, bytes[0] == Self.version else { throw Self.malformed }
        guard Self.number(bytes[1..<9]) == Self.fingerprint(query) else {
            throw CatalogError(
                .badCursor,
                "The cursor belongs to another query; give it with the same q, filters, sort and order, or start "
                    + "without it.", parameter: "cursor")
        }
        id = Int64(bitPattern: Self.number(bytes[9..<17]))
        if query.sort == .name {
            value = .key(Array(bytes[17...]))
        } else {
            guard bytes.count == 25 else { throw Self.malformed }
            value = .number(Int64(bitPattern: Self.number(bytes[17..<25])))
        }
    }

    private static var malformed: CatalogError {
        CatalogError(
            .badCursor,
            "The cursor is not one of this list; give it exactly as “next_cursor” had it, or start without.",
            parameter: "cursor")
    }

    /// All that decides which objects come in which order; not the limit, which may change from page to page.
    private static func fingerprint(_ query: ObjectQuery) -> UInt64 {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ text: String?) {
            // A byte that UTF-8 never has stands between the fields, so they cannot run into each other.
            for byte in text.map({ Array($0.utf8) + [0xFE] }) ?? [0xFF] {
                value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        mix(query.search)
        mix(query.store)
        mix(query.provider)
        mix(query.bucket)
        mix(query.tier)
        mix(query.temperature?.rawValue)
        mix(query.deleted ? "1" : "0")
        mix(query.sort.rawValue)
        mix(query.order.rawValue)
        return value
    }

    private static func big(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
