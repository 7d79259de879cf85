/// A snapshot's file name: `catalog-EPOCH-POSITION-CHECKSUM.sqlite`, epoch and checksum as 16 hexadecimal digits and the
/// position with 19 decimal ones, so that names sort by position.
struct SnapshotName: Sendable, Hashable {
    var epoch: UInt64
    /// The offset of the first record that is not in it.
    var position: Int64
    var checksum: UInt64

    var text: String {
        "catalog-\(Self.hexadecimal(epoch))-\(Self.padded(String(position), to: 19))-\(Self.hexadecimal(checksum)).sqlite"
    }

    init(epoch: UInt64, position: Int64, checksum: UInt64) {
        self.epoch = epoch
        self.position = position
        self.checksum = checksum
    }

    /// Nil for any other file.
    init?(_ text: String) {
        guard text.hasPrefix("catalog-"), text.hasSuffix(".sqlite") else { return nil }
        let fields = text.dropFirst(8).dropLast(7).split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0].utf8.count == 16, fields[1].utf8.count == 19, fields[2].utf8.count == 16,
            let epoch = UInt64(fields[0], radix: 16), let position = Int64(fields[1]), position >= 0,
            let checksum = UInt64(fields[2], radix: 16)
        else { return nil }
        self.init(epoch: epoch, position: position, checksum: checksum)
        guard self.text == text else { return nil }
    }

    private static func hexadecimal(_ value: UInt64) -> String { padded(String(value, radix: 16), to: 16) }

    private static func padded(_ digits: String, to length: Int) -> String {
        String(repeating: "0", count: max(0, length - digits.utf8.count)) + digits
    }
}
