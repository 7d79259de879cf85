public import NIOCore

/// Whose store an object lies in, as `data.provider` names it.
public enum Provider: String, Sendable, Hashable, CaseIterable {
    case aws, azure, gcp, file
}

/// Which object is meant: provider, account, bucket, key bytes, and the version where the bucket has versions.
///
/// In a folder store the account is empty, the bucket is the folder's absolute path, and the key the path below it.
public struct ObjectRef: Sendable, Hashable {
    public var provider: Provider
    public var account: String
    public var bucket: String
    /// The exact bytes of the key; they need not be UTF-8.
    public var key: [UInt8]
    public var version: String?

    public init(provider: Provider, account: String = "", bucket: String, key: [UInt8], version: String? = nil) {
        self.provider = provider
        self.account = account
        self.bucket = bucket
        self.key = key
        self.version = version
    }

    /// The key as text, with what is not UTF-8 replaced by U+FFFD.
    public var keyText: String { String(decoding: key, as: UTF8.self) }

    /// Whether the key's bytes are UTF-8, so that `keyText` loses nothing.
    public var isUTF8: Bool { String(validating: key, as: UTF8.self) != nil }

    /// The same object whatever its version: what record keys are made of, so that all versions of a key lie in order
    /// in one partition.
    public var withoutVersion: ObjectRef {
        var copy = self
        copy.version = nil
        return copy
    }

    /// The identity as bytes: `aws|ACCOUNT|BUCKET|KEY` and, where there is one, `|VERSION`.
    ///
    /// `|`, `%`, control characters and what is not ASCII are written `%XX`, so the fields can be told apart and the
    /// bytes are readable in any tool. Equal identities have equal bytes and the other way round.
    public var recordKey: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(16 + account.utf8.count + bucket.utf8.count + key.count)
        buffer.writeString(provider.rawValue)
        for field in [Array(account.utf8), Array(bucket.utf8), key] + (version.map { [Array($0.utf8)] } ?? []) {
            buffer.writeInteger(Self.separator)
            RecordKey.escape(field, into: &buffer)
        }
        return buffer
    }

    /// The object that a record key names; nil where it names something else, or is not in the form of `recordKey`.
    public init?(recordKey: ByteBuffer) {
        let fields = recordKey.readableBytesView.split(separator: Self.separator, omittingEmptySubsequences: false)
        guard fields.count == 4 || fields.count == 5,
            let provider = Provider(rawValue: String(decoding: fields[0], as: UTF8.self)),
            let account = RecordKey.unescape(fields[1]), let account = String(validating: account, as: UTF8.self),
            let bucket = RecordKey.unescape(fields[2]), let bucket = String(validating: bucket, as: UTF8.self),
            let key = RecordKey.unescape(fields[3])
        else { return nil }
        var version: String?
        if fields.count == 5 {
            guard let bytes = RecordKey.unescape(fields[4]), let text = String(validating: bytes, as: UTF8.self) else {
                return nil
            }
            version = text
        }
        self.init(provider: provider, account: account, bucket: bucket, key: key, version: version)
    }

    /// A URL-safe name for the object, `obj_` and 22 characters: 128 bits of a SHA-256 of its identity, and so the same
    /// after every rebuild of the catalogue.
    public var publicID: String {
        "obj_" + Identifier.digest(domain: "cloudflux object", parts: [Array(recordKey.readableBytesView)])
    }

    private static let separator: UInt8 = 0x7C
}

/// How the parts of a record key are written.
enum RecordKey {
    /// The key of an event that means no object: a plan's id, a store's id or a type's name. Escaped like an object's
    /// fields, so it is never taken for an object.
    static func named(_ name: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        escape(Array(name.utf8), into: &buffer)
        return buffer
    }

    static func escape(_ bytes: [UInt8], into buffer: inout ByteBuffer) {
        guard bytes.contains(where: needsEscape) else {
            buffer.writeBytes(bytes)
            return
        }
        for byte in bytes {
            if needsEscape(byte) {
                buffer.writeInteger(0x25 as UInt8)
                buffer.writeInteger(hexDigits[Int(byte >> 4)])
                buffer.writeInteger(hexDigits[Int(byte & 15)])
            } else {
                buffer.writeInteger(byte)
            }
        }
    }

    /// Nil where a byte stands plain that must be escaped, or escaped that must be plain: there is one form only.
    static func unescape(_ field: some Collection<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(field.count)
        var iterator = field.makeIterator()
        while let byte = iterator.next() {
            if byte == 0x25 {
                guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue) else {
                    return nil
                }
                let value = high << 4 | low
                guard needsEscape(value) else { return nil }
                out.append(value)
            } else {
                guard !needsEscape(byte) else { return nil }
                out.append(byte)
            }
        }
        return out
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte > 0x7E || byte == 0x25 || byte == 0x7C
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        default: nil
        }
    }
}
