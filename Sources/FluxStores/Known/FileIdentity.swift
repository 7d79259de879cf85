/// Which file or folder it is, whatever its name: device and inode.
public struct FileIdentity: Sendable, Hashable {
    public var device: UInt64
    public var inode: UInt64

    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}

/// Conversions of file times.
public enum FileTime {
    /// Nanoseconds since 1970 to whole milliseconds, rounded down also before 1970.
    public static func milliseconds(nanoseconds: Int64) -> Int64 {
        let quotient = nanoseconds / 1_000_000
        return nanoseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }
}
