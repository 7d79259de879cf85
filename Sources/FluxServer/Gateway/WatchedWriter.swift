import HTTPTypes
import Hummingbird
import NIOCore

/// Passes a body on and remembers whether it was the client's side that failed: then nothing is wrong here.
struct WatchedWriter: ResponseBodyWriter {
    private var writer: any ResponseBodyWriter
    /// Whether a write failed, which means that the client is gone.
    private(set) var hasFailed = false

    init(_ writer: any ResponseBodyWriter) {
        self.writer = writer
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        do {
            try await writer.write(buffer)
        } catch {
            hasFailed = true
            throw error
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.finish(trailingHeaders)
    }
}
