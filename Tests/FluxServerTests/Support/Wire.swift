import FluxEvents
import Foundation
import Glibc
import NIOCore

/// A connection by hand: it does only what it is told, so that it can be slow, silent or rude. Blocking calls have a
/// thread of their own.
final class Wire: Sendable {
    private let file: Int32

    /// - Parameter receiveBuffer: what the kernel takes for a client that reads nothing; nil for its own choice.
    init(port: Int, receiveBuffer: Int32? = nil) async throws {
        file = try await Wire.onThread { try RawHTTP.open(port: port, seconds: 30, receiveBuffer: receiveBuffer) }
    }

    deinit { close(file) }

    static func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }

    func send(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// What comes next; empty at the end.
    func some() async throws -> [UInt8] {
        try await Wire.onThread { [file] in
            var piece = [UInt8](repeating: 0, count: 64 << 10)
            let got = recv(file, &piece, piece.count, 0)
            return Array(piece.prefix(max(0, got)))
        }
    }

    /// Everything until the end.
    func rest() async throws -> [UInt8] { try await Wire.onThread { [file] in RawHTTP.readAll(file) } }

    /// Reads until some text has come; what came.
    func until(_ text: String) async throws -> String {
        var all = ""
        while !all.contains(text) {
            let piece = try await some()
            guard !piece.isEmpty else {
                throw RawHTTP.Failure(description: "ended before “\(text)”: \(all.suffix(400))")
            }
            all += String(decoding: piece, as: UTF8.self)
        }
        return all
    }

    /// Sends the same again and again until nothing was taken for a few seconds, or `most` bytes were; how many.
    func pour(_ piece: [UInt8], most: Int) async throws -> Int {
        try await Wire.onThread { [file] in
            var sent = 0
            while sent < most {
                let start = sent % piece.count
                let took = piece[start...].withUnsafeBytes {
                    Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
                if took > 0 {
                    sent += took
                    continue
                }
                var room = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
                guard took < 0, errno == EAGAIN, poll(&room, 1, 5000) > 0 else { break }
            }
            return sent
        }
    }

    /// Reads until a text has come so many times, or nothing comes any more; how many times it came.
    func count(_ text: String, upTo wanted: Int) async throws -> Int {
        let text = Array(text.utf8)
        var rest: [UInt8] = []
        var found = 0
        while found < wanted {
            let piece = try await some()
            guard !piece.isEmpty else { break }
            rest += piece
            var start = 0
            rest.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                while start + text.count <= bytes.count,
                    let hit = memchr(base + start, Int32(text[0]), bytes.count - start - text.count + 1)
                {
                    let place = UnsafeRawPointer(hit) - base
                    let isFound = memcmp(hit, text, text.count) == 0
                    if isFound { found += 1 }
                    start = place + (isFound ? text.count : 1)
                }
            }
            rest.removeFirst(min(max(start, rest.count - text.count + 1), rest.count))
        }
        return found
    }

    /// Whether the kernel holds the connection for open in both directions, without reading from it.
    var isEstablished: Bool {
        var info = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(info.count)
        return getsockopt(file, CInt(IPPROTO_TCP), TCP_INFO, &info, &length) == 0 && info[0] == 1
    }
}

/// A WebSocket client by hand, for short texts.
final class RawSocket {
    private let wire: Wire
    private var buffer: [UInt8] = []

    static func handshake(
        _ target: String = "/ws/stream", port: Int, headers: [(String, String)] = [], version: String = "13"
    ) -> String {
        var text = "GET \(target) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.0 == "Host" }) { text += "Host: 127.0.0.1:\(port)\r\n" }
        text += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: \(version)\r\n"
        text += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return text + "\r\n"
    }

    init(_ server: ServerUnderTest, _ target: String = "/ws/stream", headers: [(String, String)]) async throws {
        wire = try await Wire(port: server.http.port)
        wire.send(Self.handshake(target, port: server.http.port, headers: headers))
        while true {
            if let end = buffer.indices.first(where: { buffer[$0...].starts(with: [13, 10, 13, 10]) }) {
                let head = String(decoding: buffer[..<end], as: UTF8.self)
                guard head.hasPrefix("HTTP/1.1 101") else { throw RawHTTP.Failure(description: head) }
                buffer.removeFirst(end + 4)
                return
            }
            try await more()
        }
    }

    private func more() async throws {
        let piece = try await wire.some()
        guard !piece.isEmpty else { throw RawHTTP.Failure(description: "the connection ended") }
        buffer += piece
    }

    /// The next frame: its opcode and payload.
    func frame() async throws -> (opcode: UInt8, payload: [UInt8]) {
        while buffer.count < 4 { if buffer.count >= 2, buffer[1] == 0 { break } else { try await more() } }
        var start = 2
        var length = Int(buffer[1] & 127)
        if length == 126 {
            length = Int(buffer[2]) << 8 | Int(buffer[3])
            start = 4
        }
        while buffer.count < start + length { try await more() }
        defer { buffer.removeFirst(start + length) }
        return (buffer[0] & 15, Array(buffer[start..<(start + length)]))
    }

    /// The next message, or nil where a close frame comes instead; its code is then in `closeCode`.
    func message() async throws -> JSONValue? {
        while true {
            let (opcode, payload) = try await frame()
            switch opcode {
            case 1: return try JSONDocument.parse(ByteBuffer(bytes: payload)).root
            case 8:
                closeCode = Int(payload[0]) << 8 | Int(payload[1])
                return nil
            default: continue
            }
        }
    }

    private(set) var closeCode: Int?

    func say(_ text: String) {
        let payload = Array(text.utf8)
        let length: [UInt8] =
            payload.count < 126
            ? [0x80 | UInt8(payload.count)] : [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        // A mask of zeros is a mask.
        wire.send([0x81] + length + [0, 0, 0, 0] + payload)
    }
}
