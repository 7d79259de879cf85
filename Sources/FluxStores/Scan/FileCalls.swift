import Glibc

/// What lies at a path.
enum PathState: Sendable, Hashable {
    case file(FileStatus, links: UInt64)
    case folder(FileIdentity)
    /// A symbolic link, a pipe, a socket or a device.
    case other
    case missing
    /// It could not be asked, for this reason.
    case unknown(Int32)
}

/// The file calls of a folder store. Files are never opened; folders are opened to be read.
struct FileCalls: Sendable {
    /// The root's absolute, resolved path.
    let root: [UInt8]

    init(root: String) {
        self.root = root == "/" ? [] : Array(root.utf8)
    }

    /// lstat of what a key names; an empty key is the root.
    func state(_ key: some Collection<UInt8>) -> PathState {
        var status = stat()
        let result = withPath(key) { lstat($0, &status) }
        guard result == 0 else {
            let number = errno
            return number == ENOENT || number == ENOTDIR ? .missing : .unknown(number)
        }
        return Self.state(status)
    }

    /// The same, and all folders above must be folders and no symbolic links.
    func stateInTree(_ key: [UInt8]) -> PathState {
        for (place, byte) in key.enumerated() where byte == UInt8(ascii: "/") {
            switch state(key[..<place]) {
            case .folder: continue
            case .unknown(let number): return .unknown(number)
            case .file, .other, .missing: return .missing
            }
        }
        return state(key)
    }

    static func state(_ status: stat) -> PathState {
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            // Numbers in events have 63 bits; so does the inode, everywhere.
            let nanoseconds = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
            let mtime =
                nanoseconds.overflow
                ? (status.st_mtim.tv_sec < 0 ? Int64.min : Int64.max)
                : nanoseconds.partialValue.addingReportingOverflow(Int64(status.st_mtim.tv_nsec)).partialValue
            return .file(
                FileStatus(
                    size: Int64(status.st_size), mtimeNanoseconds: mtime,
                    inode: UInt64(status.st_ino) & UInt64(Int64.max)),
                links: UInt64(status.st_nlink))
        case S_IFDIR:
            return .folder(FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)))
        default: return .other
        }
    }

    /// Opens a folder for reading, not following a symbolic link at its end. The caller closes the descriptor.
    func openFolder(_ key: some Collection<UInt8>) -> Result<(descriptor: Int32, identity: FileIdentity), SystemFailure>
    {
        let descriptor = withPath(key) { open($0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { return .failure(SystemFailure(call: "open", errno: errno)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let number = errno
            close(descriptor)
            return .failure(SystemFailure(call: "fstat", errno: number))
        }
        // A folder above could have been replaced by a symbolic link: the kernel says where the descriptor really is.
        if let real = Self.path(of: descriptor), real != path(key) {
            close(descriptor)
            return .failure(SystemFailure(call: "open", errno: ENOENT))
        }
        return .success((descriptor, FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))))
    }

    /// Why the root cannot be read; nil where it can.
    func rootFailure() -> SystemFailure? {
        switch openFolder([]) {
        case .failure(let failure): return failure
        case .success((let descriptor, _)):
            defer { close(descriptor) }
            // Its names are of no use where nothing can be asked by name.
            var status = stat()
            return fstatat(descriptor, ".", &status, 0) == 0 ? nil : SystemFailure(call: "fstatat", errno: errno)
        }
    }

    /// An entry of a folder, with the kind that the file system gave along.
    struct Entry: Sendable, Hashable {
        var name: [UInt8]
        var kind: Int32
    }

    /// Reads a folder, and closes the descriptor.
    static func entries(_ descriptor: Int32) -> Result<[Entry], SystemFailure> {
        guard let stream = fdopendir(descriptor) else {
            let number = errno
            close(descriptor)
            return .failure(SystemFailure(call: "fdopendir", errno: number))
        }
        defer { closedir(stream) }
        guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else { return .success([]) }
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                return errno == 0 ? .success(entries) : .failure(SystemFailure(call: "readdir", errno: errno))
            }
            // Only as much of the record as there is may be touched: it can be shorter than the structure.
            let start = UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: UInt8.self)
            let name = Array(
                UnsafeBufferPointer(start: start, count: strlen(UnsafePointer<CChar>(OpaquePointer(start)))))
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            entries.append(Entry(name: name, kind: Int32(entry.pointee.d_type)))
        }
    }

    func path(_ key: some Collection<UInt8>) -> [UInt8] {
        if key.isEmpty { return root.isEmpty ? [UInt8(ascii: "/")] : root }
        return root + [UInt8(ascii: "/")] + key
    }

    private func withPath<R>(_ key: some Collection<UInt8>, _ body: (UnsafePointer<CChar>) -> R) -> R {
        var path = path(key)
        path.append(0)
        return path.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { chars in
                // The array has at least the zero byte, so it has an address.
                chars.baseAddress.map(body) ?? body("")
            }
        }
    }

    private static func path(of descriptor: Int32) -> [UInt8]? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { buffer in
            guard let address = buffer.baseAddress else { return nil }
            let count = readlink("/proc/self/fd/\(descriptor)", address, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return buffer[..<count].map { UInt8(bitPattern: $0) }
        }
    }
}
