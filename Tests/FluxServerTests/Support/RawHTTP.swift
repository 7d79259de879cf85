import FluxEvents
import Foundation
import Glibc
import NIOCore

/// An answer as it came over the socket.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: ByteBuffer

    subscript(header name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(buffer: body) }

    var json: JSONValue {
        get throws { try JSONDocument.parse(body).root }
    }
}

/// A plain HTTP/1.1 client on a blocking socket, so that nothing stands between a test and the bytes. Each exchange has a
/// thread of its own: Dispatch's are also those that Swift's tasks run on, and must not wait for each other.
struct RawHTTP: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let port: Int

    /// One request on a connection of its own.
    func request(
        _ method: String, _ target: String, headers: [(String, String)] = [], body: String? = nil
    ) async throws -> HTTPAnswer {
        var text = "\(method) \(target) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.0.lowercased() == "host" }) { text += "Host: 127.0.0.1:\(port)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        text += "Connection: close\r\n\r\n" + (body ?? "")
        return try Self.parse(try await exchange(Array(text.utf8)), isHead: method == "HEAD")
    }

    /// Sends bytes and reads until the server closes, at most `seconds`.
    func exchange(_ bytes: [UInt8], seconds: Int = 20) async throws -> [UInt8] {
        let port = port
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.talk(bytes, port: port, seconds: seconds) })
            }
        }
    }

    private static func talk(_ bytes: [UInt8], port: Int, seconds: Int) throws -> [UInt8] {
        let file = try open(port: port, seconds: seconds)
        defer { close(file) }
        var sent = 0
        while sent < bytes.count {
            let wrote = bytes[sent...].withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The server may answer and close before it has read everything.
            guard wrote > 0 else { break }
            sent += wrote
        }
        return readAll(file)
    }

    /// A connected socket whose calls take at most so long.
    static func open(port: Int, seconds: Int, receiveBuffer: Int32? = nil) throws -> Int32 {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard file >= 0 else { throw Failure(description: "socket: errno \(errno)") }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var bytes = receiveBuffer {
            setsockopt(file, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        let connected = try SocketAddress(ipAddress: "127.0.0.1", port: port).withSockAddr { address, size in
            connect(file, address, socklen_t(size))
        }
        guard connected == 0 else {
            close(file)
            throw Failure(description: "connect: errno \(errno)")
        }
        return file
    }

    /// Everything until the server closes, or the socket's time is up.
    static func readAll(_ file: Int32) -> [UInt8] {
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let got = recv(file, &piece, piece.count, 0)
            if got > 0 { answer += piece[..<got] } else { return answer }
        }
    }

    static func parse(_ bytes: [UInt8], isHead: Bool = false) throws -> HTTPAnswer {
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) else {
            throw Failure(description: "no header in: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (String(line[..<colon]), line[colon...].dropFirst().drop { $0 == " " }.description)
        }
        let rest = bytes[(end + 4)...]
        var answer = HTTPAnswer(status: status, headers: headers, body: ByteBuffer())
        if isHead {
            answer.body.writeBytes(rest)
        } else if answer[header: "transfer-encoding"] == "chunked" {
            try answer.body.writeBytes(dechunk(rest))
        } else {
            answer.body.writeBytes(rest)
        }
        return answer
    }

    /// Throws where the last chunk is missing: the answer was broken off.
    private static func dechunk(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        var rest = bytes
        var whole: [UInt8] = []
        while let line = rest.firstIndex(of: 13) {
            guard let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16) else { break }
            rest = rest[(line + 2)...]
            if size == 0 { return whole }
            whole += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        throw Failure(description: "the answer was broken off")
    }
}

/// A request that is sent in two parts.
final class SlowRequest: Sendable {
    private let file: Int32

    init(port: Int, head: String) async throws {
        file = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try RawHTTP.open(port: port, seconds: 20) })
            }
        }
        _ = Array(head.utf8).withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Sends the rest, and reads until the server closes.
    func finish(_ rest: String) async throws -> [UInt8] {
        let file = file
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                _ = Array(rest.utf8).withUnsafeBytes {
                    send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                continuation.resume(returning: RawHTTP.readAll(file))
            }
        }
    }

    deinit { close(file) }
}
