import Glibc
public import NIOCore

/// The lines of a file or of standard input (`-`), read piece by piece; a last line without its newline counts.
public struct Lines: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer
    public typealias Failure = any Error

    /// A path, or `-` for standard input.
    public var path: String

    public init(path: String) {
        self.path = path
    }

    public func makeAsyncIterator() -> Iterator { Iterator(path: path) }

    public struct Iterator: AsyncIteratorProtocol {
        let path: String
        private var file: Int32?
        private var buffer = ByteBuffer()
        private var ended = false
        private var lines = 0

        init(path: String) {
            self.path = path
        }

        public mutating func next() async throws -> ByteBuffer? {
            while true {
                if let end = buffer.readableBytesView.firstIndex(of: 0x0A) {
                    let line = try line(of: end - buffer.readerIndex)
                    buffer.moveReaderIndex(forwardBy: 1)
                    return line
                }
                if ended { return buffer.readableBytes > 0 ? try line(of: buffer.readableBytes) : nil }
                guard buffer.readableBytes <= EventImport.Limits.maximumLineBytes else { throw tooLong() }
                try fill()
            }
        }

        private mutating func line(of length: Int) throws(ToolError) -> ByteBuffer? {
            guard length <= EventImport.Limits.maximumLineBytes else { throw tooLong() }
            lines += 1
            return buffer.readSlice(length: length)
        }

        private func tooLong() -> ToolError {
            ToolError(
                .file,
                "line \(lines + 1) of \(path == "-" ? "standard input" : path) is longer than "
                    + "\(EventImport.Limits.maximumLineBytes) bytes, more than an event may have: leave it out, or keep what "
                    + "is large in a file of its own and only its name in the event")
        }

        private mutating func fill() throws(ToolError) {
            if file == nil {
                let opened = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
                guard opened >= 0 else { throw FileBytes.failure("read", path) }
                file = opened
            }
            buffer.discardReadBytes()
            let descriptor = file ?? 0
            guard let chunk = FileBytes.chunk(of: descriptor, bytes: 262_144) else {
                // Taking it for the end would leave out the rest without a word.
                throw FileBytes.failure("read", path == "-" ? "standard input" : path)
            }
            buffer.writeBytes(chunk)
            if chunk.isEmpty {
                ended = true
                if path != "-" { close(descriptor) }
            }
        }
    }
}
