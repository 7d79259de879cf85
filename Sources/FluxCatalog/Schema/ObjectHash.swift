import FluxEvents

/// The 64-bit number under which `object_hash` finds a row, by identity and by public id alike. Two objects may share
/// one; whoever looks up compares the key or the id as well.
enum ObjectHash {
    static func of(publicID: String) -> Int64 {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in publicID.utf8 {
            value ^= UInt64(byte)
            value = value &* 0x100_0000_01b3
        }
        return Int64(bitPattern: value)
    }

    static func of(_ place: Place, key: [UInt8]) -> Int64 {
        of(publicID: publicID(place, key: key))
    }

    static func publicID(_ place: Place, key: [UInt8]) -> String {
        // Places are made from references only, so the provider is always one that is known.
        let provider = Provider(rawValue: place.provider) ?? .file
        return ObjectRef(provider: provider, account: place.account, bucket: place.bucket, key: key).publicID
    }
}
