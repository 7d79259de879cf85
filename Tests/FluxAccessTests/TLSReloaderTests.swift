import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import FluxAccess

@Suite struct TLSReloaderTests {
    let folder: TestFolder
    var certificate: String { folder.path + "/cert.pem" }
    var key: String { folder.path + "/key.pem" }

    init() throws {
        folder = try TestFolder()
        for name in ["first", "second"] {
            try run(
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "30",
                "-subj", "/CN=\(name)", "-keyout", "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).crt")
        }
        try install("first")
    }

    private func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments.first ?? "")")
    }

    /// Replaces a file as renewal tools do: a new file, renamed into place.
    private func put(_ source: String, at target: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + source))
        try data.write(to: URL(fileURLWithPath: target), options: .atomic)
    }

    private func install(_ name: String) throws {
        try put("\(name).crt", at: certificate)
        try put("\(name).key", at: key)
    }

    private func reloader(checkInterval: Duration = .zero) throws -> TLSReloader {
        try TLSReloader(
            certificatePath: certificate, keyPath: key, logger: .init(label: "test"), checkInterval: checkInterval)
    }

    private func expected(_ name: String) throws -> [UInt8] {
        try #require(NIOSSLCertificate.fromPEMFile("\(folder.path)/\(name).crt").first).toDERBytes()
    }

    /// Serves TLS on loopback and gives what each handshake showed.
    private func serving(_ reloader: TLSReloader, _ body: (() async throws -> [UInt8]) async throws -> Void)
        async throws
    {
        let group = MultiThreadedEventLoopGroup.singleton
        let context = try NIOSSLContext(configuration: reloader.configuration())
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(server.localAddress)
        do {
            try await body {
                let shown = group.next().makePromise(of: [UInt8].self)
                var client = TLSConfiguration.makeClientConfiguration()
                client.certificateVerification = .noHostnameVerification
                let clientContext = try NIOSSLContext(configuration: client)
                let channel = try await ClientBootstrap(group: group)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            let handler = try NIOSSLClientHandler(
                                context: clientContext, serverHostname: nil,
                                customVerificationCallback: { certificates, promise in
                                    shown.completeWith(Result { try certificates.first?.toDERBytes() ?? [] })
                                    promise.succeed(.certificateVerified)
                                })
                            try channel.pipeline.syncOperations.addHandler(handler)
                        }
                    }
                    .connect(to: address).get()
                channel.closeFuture.whenComplete { _ in shown.fail(ChannelError.eof) }
                let bytes = try await shown.futureResult.get()
                try? await channel.close().get()
                return bytes
            }
        } catch {
            try? await server.close().get()
            throw error
        }
        try await server.close().get()
    }

    @Test("A new certificate is shown at the next handshake, without a restart; a bad one never")
    func reload() async throws {
        let (first, second) = (try expected("first"), try expected("second"))
        try await serving(try reloader()) { handshake in
            #expect(try await handshake() == first)
            // The certificate is there before its key: the old pair stays.
            try put("second.crt", at: certificate)
            #expect(try await handshake() == first)
            try put("second.key", at: key)
            #expect(try await handshake() == second)
            try Data("not PEM".utf8).write(to: URL(fileURLWithPath: certificate))
            #expect(try await handshake() == second)
            try FileManager.default.removeItem(atPath: certificate)
            #expect(try await handshake() == second)
            try install("first")
            #expect(try await handshake() == first)
        }
    }

    @Test("The files are looked at now and then, not at every handshake")
    func throttled() async throws {
        let (first, second) = (try expected("first"), try expected("second"))
        try await serving(try reloader(checkInterval: .seconds(3600))) { handshake in
            try install("second")
            #expect(try await handshake() == first)
        }
        try await serving(try reloader(checkInterval: .milliseconds(50))) { handshake in
            #expect(try await handshake() == second)
            try install("first")
            try await eventually("the new certificate was never shown") { try await handshake() == first }
        }
    }

    @Test("Many handshakes at once, while the files change, all get a good pair")
    func concurrent() async throws {
        let (first, second) = (try expected("first"), try expected("second"))
        let reloader = try reloader()
        try await serving(reloader) { handshake in
            for round in 0..<10 {
                try install(round % 2 == 0 ? "second" : "first")
                let shown = try await handshake()
                #expect(shown == (round % 2 == 0 ? second : first))
            }
        }
    }

    @Test("At the start a missing, damaged, locked or foreign file is refused with words")
    func badStart() async throws {
        try run(
            "openssl", "ec", "-in", folder.path + "/first.key", "-aes256", "-passout", "pass:PLANTED", "-out",
            folder.path + "/locked.key")
        try Data("junk".utf8).write(to: URL(fileURLWithPath: folder.path + "/junk"))
        let pairs = [
            ("missing.crt", "first.key"), ("first.crt", "missing.key"), ("junk", "first.key"), ("first.crt", "junk"),
            ("first.crt", "second.key"), ("first.key", "first.key"), ("first.crt", "first.crt"),
            ("first.crt", "locked.key"),
        ]
        for (certificate, key) in pairs {
            let error = try await accessError {
                _ = try TLSReloader(certificatePath: "\(folder.path)/\(certificate)", keyPath: "\(folder.path)/\(key)")
            }
            #expect(error.code == .tls)
            #expect(error.message.contains(folder.path))
            #expect(!"\(error)".contains("PLANTED"))
        }
    }

    @Test func expiryIsThatOfTheCertificateInUse() throws {
        let until = try #require(reloader().expiry)
        let left = until - Int(Date().timeIntervalSince1970)
        // Made for 30 days, a moment ago.
        #expect((30 * 86_400 - 600...30 * 86_400).contains(left), "\(left) s")
    }

    @Test("TLS 1.2 at least, and HTTP/1.1")
    func versions() throws {
        let configuration = try reloader().configuration()
        #expect(configuration.minimumTLSVersion == .tlsv12)
        #expect(configuration.applicationProtocols == ["http/1.1"])
    }
}
