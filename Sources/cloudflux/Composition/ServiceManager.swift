import Glibc
import NIOCore

/// Tells the service manager that started this process how it is (sd_notify(3)): a datagram to the socket that it names.
/// Where none is named, as in a terminal or a container, nothing is told.
struct ServiceManager: Sendable {
    private let socketPath: String?
    /// How often the manager wants to hear from us, or nil.
    private let watchdog: Duration?

    /// - Parameter environment: what the manager gave: `NOTIFY_SOCKET`, and `WATCHDOG_USEC` for the process `WATCHDOG_PID`.
    init(environment: [String: String], process: Int32 = getpid()) {
        // A path, or a name without a file behind `@`; vsock addresses are for machines, not for services.
        socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(process) } ?? true
        watchdog = environment["WATCHDOG_USEC"].flatMap(Int64.init).flatMap {
            $0 > 0 && isForUs ? .microseconds($0) : nil
        }
    }

    /// Events are taken and streams served.
    func ready() { send("READY=1") }

    /// The stop has begun, and may take so long: the manager's own limit need not know the drain timeout.
    func stopping(within limit: Duration) {
        let (seconds, attoseconds) = limit.components
        send("STOPPING=1\nEXTEND_TIMEOUT_USEC=\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)")
    }

    /// Says twice in the time that the manager waits that every event loop still answers; until it is cancelled. A loop
    /// that hangs keeps it silent, and the manager starts the server anew.
    func watch(_ group: any EventLoopGroup) async throws {
        guard socketPath != nil, let watchdog else { return }
        while true {
            for loop in group.makeIterator() { try await loop.submit {}.get() }
            send("WATCHDOG=1")
            try await Task.sleep(for: watchdog / 2)
        }
    }

    /// A manager that does not listen is none of our business, so a failure is not told.
    private func send(_ text: String) {
        guard let socketPath else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + path.count } ?? 0
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(length))
            }
        }
    }
}
