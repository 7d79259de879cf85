import Glibc

/// What `/proc/self/mountinfo` says (proc(5)). Reading it is apart from understanding it.
enum MountTable {
    /// The most that is read of it (bytes).
    static let maximumBytes = 4 * 1024 * 1024

    /// The file system's type at a path: that of the mount with the longest place above it, the last where two are
    /// mounted over each other.
    static func fileSystem(of path: String, in table: String) -> String? {
        var best: (length: Int, type: String)?
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count > 6, let dash = fields.dropFirst(6).firstIndex(of: "-"), dash + 1 < fields.count else {
                continue
            }
            let place = unescape(fields[4])
            guard place == "/" || path == place || path.hasPrefix(place + "/") else { continue }
            if place.utf8.count >= best?.length ?? 0 { best = (place.utf8.count, String(fields[dash + 1])) }
        }
        return best?.type
    }

    /// Whether changes that other machines (or programs behind a FUSE mount) make go by inotify.
    static func isNetwork(type: String) -> Bool {
        let types = [
            "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "glusterfs", "virtiofs", "vboxsf",
        ]
        return types.contains(type) || type == "fuse" || type.hasPrefix("fuse.")
    }

    /// `\040` and its like.
    private static func unescape(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
                bytes.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }))
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func read() -> String? {
        let descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < maximumBytes {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
