package import NIOCore
import Synchronization

/// Memory for pieces of the log, used again and again: new memory of this size comes from the kernel page by page, which
/// takes longer than filling it.
package final class BufferPool: Sendable {
    /// What is kept while nobody reads.
    static let maximumKept = 4
    static let maximumBytes = 1 << 20

    private let kept = Mutex<[ByteBuffer]>([])

    package init() {}

    /// An empty buffer, mostly one that was used before.
    package func take() -> ByteBuffer {
        var buffer = self.kept.withLock { $0.popLast() } ?? ByteBuffer()
        // Where a slice of it is still somewhere, this is other memory.
        buffer.clear()
        return buffer
    }

    func lend(_ buffer: ByteBuffer) -> Lease { Lease(buffer, of: self) }

    /// Takes memory back, for whoever needs some next.
    package func give(_ buffer: ByteBuffer) {
        guard buffer.capacity <= Self.maximumBytes else { return }
        self.kept.withLock { if $0.count < Self.maximumKept { $0.append(buffer) } }
    }

    /// Gives the memory back when the last reference goes.
    final class Lease: Sendable {
        private let buffer: ByteBuffer
        private let memory: BufferPool

        fileprivate init(_ buffer: ByteBuffer, of memory: BufferPool) {
            self.buffer = buffer
            self.memory = memory
        }

        deinit { self.memory.give(self.buffer) }
    }
}

/// Whole groups as they were read.
struct ReadBlock: Sendable {
    var buffer: ByteBuffer
    var lease: BufferPool.Lease?
}
