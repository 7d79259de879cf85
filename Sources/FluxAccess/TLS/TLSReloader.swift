import Dispatch
import Glibc
public import Logging
import NIOCore
public import NIOSSL
import Synchronization

/// A certificate and its key from PEM files, read again when the files change, without a restart.
///
/// The files are looked at (a `stat`, off the event loops) at most once every ``checkInterval``, at a handshake, and read when inode,
/// size or modification time of one has changed. A pair that cannot be used, such as a new certificate whose key is not
/// there yet, is logged once, and the one before stays.
public final class TLSReloader: Sendable {
    /// How often a handshake looks at the files, at most.
    public static let checkInterval = Duration.seconds(1)

    struct Pair: Sendable {
        var chain: [NIOSSLCertificateSource]
        var key: NIOSSLPrivateKeySource
        var certificates: [NIOSSLCertificate]
    }

    /// What tells that a file is another one than before.
    private struct Mark: Sendable, Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private struct State: Sendable {
        var pair: Pair
        var marks: [Mark?]
        var nextCheck: ContinuousClock.Instant
        var isChecking = false
    }

    private let certificatePath: String
    private let keyPath: String
    private let logger: Logger
    private let checkInterval: Duration
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "cloudflux.tls-files")

    /// Reads both files.
    ///
    /// - Parameters:
    ///   - certificatePath: PEM: the server's certificate first, then those between it and its root.
    ///   - keyPath: PEM, without a passphrase.
    /// - Throws: ``AccessError/Code/tls`` where a file cannot be read, is no PEM, or the two do not belong together.
    public convenience init(
        certificatePath: String, keyPath: String, logger: Logger = Logger(label: "cloudflux.tls")
    ) throws(AccessError) {
        try self.init(
            certificatePath: certificatePath, keyPath: keyPath, logger: logger, checkInterval: Self.checkInterval)
    }

    init(
        certificatePath: String, keyPath: String, logger: Logger, checkInterval: Duration
    ) throws(AccessError) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.logger = logger
        self.checkInterval = checkInterval
        let marks = [Self.mark(certificatePath), Self.mark(keyPath)]
        let pair = try Self.load(certificatePath: certificatePath, keyPath: keyPath)
        state = Mutex(State(pair: pair, marks: marks, nextCheck: .now + checkInterval))
        if Self.isOpenToOthers(keyPath) {
            logger.warning(
                "other users of this machine can read the TLS key; take the right away with chmod 600",
                metadata: ["file": "\(keyPath)"])
        }
    }

    /// For the server: TLS 1.2 or newer, HTTP/1.1, and the newest good pair at every handshake.
    public func configuration() -> TLSConfiguration {
        let pair = state.withLock { $0.pair }
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: pair.chain, privateKey: pair.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.sslContextCallback = { [self] _, promise in
            current { pair in
                var override = NIOSSLContextConfigurationOverride()
                override.certificateChain = pair.chain
                override.privateKey = pair.key
                promise.succeed(override)
            }
        }
        return configuration
    }

    /// When the first certificate of the chain in use expires, in seconds since 1970.
    public var expiry: Int? {
        state.withLock { $0.pair.certificates }.map { Int($0.notValidAfter) }.min()
    }

    /// Gives the newest good pair: at once, or from the queue that looked at the files.
    func current(_ give: @escaping @Sendable (Pair) -> Void) {
        let ready: Pair? = state.withLock { state in
            guard !state.isChecking, ContinuousClock.now >= state.nextCheck else { return state.pair }
            state.isChecking = true
            return nil
        }
        if let ready { return give(ready) }
        queue.async { give(self.check()) }
    }

    private func check() -> Pair {
        let marks = [Self.mark(certificatePath), Self.mark(keyPath)]
        let known = state.withLock { $0.marks }
        var loaded: Pair?
        if marks != known {
            do {
                loaded = try Self.load(certificatePath: certificatePath, keyPath: keyPath)
                logger.info("the TLS certificate was read again", metadata: ["file": "\(certificatePath)"])
            } catch {
                logger.error(
                    "the new TLS certificate is not used, the one before stays", metadata: ["error": "\(error)"])
            }
        }
        return state.withLock { state in
            // Marks were taken before the reading: a file that changed meanwhile differs again at the next look.
            state.marks = marks
            if let loaded { state.pair = loaded }
            state.nextCheck = .now + checkInterval
            state.isChecking = false
            return state.pair
        }
    }

    private static func mark(_ path: String) -> Mark? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Mark(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    private static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    private static func load(certificatePath: String, keyPath: String) throws(AccessError) -> Pair {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMFile(certificatePath)
        } catch {
            throw AccessError(
                .tls,
                "The certificate file \(certificatePath) cannot be read as PEM. Check --tls-cert and that this user may read it.",
                underlying: error)
        }
        guard !certificates.isEmpty else {
            throw AccessError(.tls, "The file \(certificatePath) holds no certificate. Check --tls-cert.")
        }
        let key: NIOSSLPrivateKey
        do {
            // The callback keeps BoringSSL from asking for a passphrase on the terminal.
            key = try NIOSSLPrivateKey(file: keyPath, format: .pem) { (setter: NIOSSLPassphraseSetter<[UInt8]>) in
                setter([])
            }
        } catch {
            throw AccessError(
                .tls,
                "The key file \(keyPath) cannot be read as PEM. Check --tls-key, that this user may read it, and that it has no "
                    + "passphrase.",
                underlying: error)
        }
        let pair = Pair(
            chain: certificates.map { .certificate($0) }, key: .privateKey(key), certificates: certificates)
        do {
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: pair.chain, privateKey: pair.key))
        } catch {
            throw AccessError(
                .tls, "The key in \(keyPath) does not belong to the certificate in \(certificatePath). Give a pair.",
                underlying: error)
        }
        return pair
    }
}
