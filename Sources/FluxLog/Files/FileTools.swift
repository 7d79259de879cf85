import NIOCore

extension FileSystem {
    /// Reads at most `limit` bytes of a small file; nil where there is none of that name.
    func readWhole(_ path: String, limit: Int64) throws(FileFailure) -> ByteBuffer? {
        guard let size = try self.size(of: path) else { return nil }
        let file = try self.open(path, create: false, write: false)
        return try file.readBuffer(at: 0, count: Int(min(size, limit)))
    }

    /// Replaces a small file so that after a crash the old or the new content is there, and the new one after return.
    func replace(_ name: String, in directory: String, with bytes: [UInt8]) throws(FileFailure) {
        let path = directory + "/" + name
        try self.writeWhole(path + ".tmp", bytes, sync: true)
        try self.rename(path + ".tmp", to: path)
        try self.syncDirectory(directory)
    }

    /// Writes a whole file, in place of whatever it held.
    func writeWhole(_ path: String, _ bytes: [UInt8], sync: Bool) throws(FileFailure) {
        let file = try self.open(path, create: true, write: true)
        try file.truncate(to: 0)
        try file.write(bytes, at: 0)
        if sync { try file.sync() }
    }

    /// Removes a file; one that isn't there is no error.
    func removeIfThere(_ path: String) throws(FileFailure) {
        do throws(FileFailure) {
            try self.unlink(path)
        } catch {
            if !error.isMissing { throw error }
        }
    }
}

extension LogFile {
    func write(_ bytes: [UInt8], at position: Int64) throws(FileFailure) {
        let result: Result<Void, FileFailure> = bytes.withUnsafeBytes { raw in
            do throws(FileFailure) {
                return .success(try self.write(raw, at: position))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Reads `count` bytes, fewer only at the end of the file.
    func readBuffer(at position: Int64, count: Int) throws(FileFailure) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        try self.read(at: position, count: count, into: &buffer)
        return buffer
    }

    /// The same behind what the buffer holds.
    func read(at position: Int64, count: Int, into buffer: inout ByteBuffer) throws(FileFailure) {
        var failure: FileFailure?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            do throws(FileFailure) {
                return try self.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: position)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
    }
}
