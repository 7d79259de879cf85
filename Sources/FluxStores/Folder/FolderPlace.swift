import Glibc

/// A folder that may become a store: it exists, can be read, and is not the data folder.
public struct FolderPlace: Sendable, Hashable {
    /// Absolute and resolved: no symbolic link is left in it.
    public var path: String
    public var identity: FileIdentity

    /// Looks at the folder that a URL names.
    /// - Parameter excluded: folders that no store may be, or lie in.
    public init(_ url: StoreURL, excluded: Set<FileIdentity>) throws(StoreError) {
        guard let real = Self.resolve(url.path) else { throw Self.failure(errno, url.path, "resolve") }
        guard let path = String(validating: real, as: UTF8.self) else {
            throw StoreError(
                code: .badURL,
                message: "The folder that \(url.source) leads to has a path that is not UTF-8, so no URL can name it; "
                    + "rename it, or watch a folder below it.")
        }
        let calls = FileCalls(root: path)
        switch calls.state([]) {
        case .folder(let identity): self.identity = identity
        case .missing: throw Self.failure(ENOENT, path, "read")
        case .unknown(let number): throw Self.failure(number, path, "read")
        case .file, .other: throw Self.failure(ENOTDIR, path, "read")
        }
        self.path = path
        if let failure = calls.rootFailure() { throw Self.failure(failure.errno, path, "read") }
        try Self.checkNotWithin(excluded, path)
    }

    /// The resolved path of a folder, where it exists.
    public static func resolved(_ path: String) -> String? {
        resolve(path).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static func resolve(_ path: String) -> [UInt8]? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return Array(UnsafeRawBufferPointer(start: real, count: strlen(real)))
    }

    private static func checkNotWithin(_ excluded: Set<FileIdentity>, _ path: String) throws(StoreError) {
        var at = path
        while true {
            if case .folder(let identity) = FileCalls(root: at).state([]), excluded.contains(identity) {
                throw StoreError(
                    code: .dataFolder,
                    message: "\(path) is CloudFlux's own data folder, or lies in it; watching it would never come to "
                        + "rest. Watch another folder, or move the data with --data.")
            }
            guard at != "/" else { return }
            at = at.lastIndex(of: "/").map { String(at[..<$0]) } ?? "/"
            if at.isEmpty { at = "/" }
        }
    }

    private static func failure(_ number: Int32, _ path: String, _ what: String) -> StoreError {
        let underlying = SystemFailure(call: what, errno: number)
        switch number {
        case ENOENT:
            return StoreError(
                code: .notFound, message: "The folder \(path) does not exist; create it, or correct the URL.",
                underlying: underlying)
        case ENOTDIR:
            return StoreError(
                code: .notAFolder, message: "\(path) is not a folder; give the folder that it lies in.",
                underlying: underlying)
        case EACCES, EPERM:
            return StoreError(
                code: .unreadable,
                message:
                    "The folder \(path) cannot be read by this user (\(SystemFailure.text(number))); give the user "
                    + "read and search permission for it and for the folders above.", underlying: underlying)
        default:
            return StoreError(
                code: .unreadable, message: "The folder \(path) cannot be read: \(SystemFailure.text(number)).",
                underlying: underlying)
        }
    }

    /// Whether a path's file system tells of changes made on this machine only (NFS, SMB, FUSE and their like).
    public static func isNetwork(_ path: String) -> Bool {
        guard let mounts = MountTable.read() else { return false }
        return MountTable.isNetwork(type: MountTable.fileSystem(of: path, in: mounts) ?? "")
    }
}
