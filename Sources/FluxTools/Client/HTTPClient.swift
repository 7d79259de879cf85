public import FluxAccess
import FluxEvents
public import NIOCore
public import NIOHTTP1
import NIOPosix
import NIOSSL

/// A small HTTP/1.1 client for our own commands: one connection a request, bodies streamed both ways with back-pressure.
public struct HTTPClient: Sendable {
    public var address: ServerAddress
    /// A bearer token, or nil for a server that asks for none.
    public var token: Secret?
    /// PEM file of a server on this machine: trusted besides the system's, whatever name it is for.
    public var certificate: String?
    /// PEM file of the authorities that are trusted in the place of the system's.
    public var authorities: String?

    /// Named limits of the client.
    public enum Limits {
        /// How long a connection may take to come about.
        public static let connectTimeout = TimeAmount.seconds(10)
        /// The largest answer that `fetch` holds in memory.
        public static let maximumAnswerBytes = 64 * 1024 * 1024
        /// What is taken as JSON of the server's: it wraps events, which may be as deep as anything from outside.
        static let json = JSONLimits(
            maxDepth: JSONLimits().maxDepth + 8, maxBytes: maximumAnswerBytes, maxValues: maximumAnswerBytes)
    }

    /// An answer's head, and its body as it arrives.
    public struct Answer {
        public var status: Int
        public var headers: HTTPHeaders
        public var body: Body
    }

    /// The pieces of a body, read only as fast as they are asked for.
    public struct Body: AsyncSequence {
        public typealias Element = ByteBuffer
        var iterator: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator

        public struct AsyncIterator: AsyncIteratorProtocol {
            var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator

            public mutating func next() async throws -> ByteBuffer? {
                switch try await parts.next() {
                case .body(let buffer): return buffer
                case .head, .end: return nil
                case nil: throw ToolError(.connection, "the server closed the connection in the middle of an answer")
                }
            }
        }

        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(parts: iterator) }
    }

    public init(address: ServerAddress, token: Secret?, certificate: String? = nil, authorities: String? = nil) {
        self.address = address
        self.token = token
        self.certificate = certificate
        self.authorities = authorities
    }

    /// Sends a request and hands its answer to `use`; the connection ends when `use` returns.
    ///
    /// - Throws: `ToolError` with code `connection` where the server cannot be reached, and what `use` throws.
    public func withAnswer<Result: Sendable>(
        _ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], body: ByteBuffer? = nil,
        use: @Sendable (Answer) async throws -> Result
    ) async throws -> Result {
        let channel = try await connect()
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        head.headers.replaceOrAdd(name: "Host", value: address.authority)
        head.headers.replaceOrAdd(name: "User-Agent", value: "cloudflux-cli")
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        if let token { head.headers.replaceOrAdd(name: "Authorization", value: "Bearer " + token.reveal()) }
        if let body { head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes)) }
        let request = head
        return try await explaining(channel) { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            var part: HTTPClientResponsePart?
            do {
                try await outbound.write(.head(request))
                if let body { try await outbound.write(.body(.byteBuffer(body))) }
                try await outbound.write(.end(nil))
            } catch {
                // Writing only tells that the connection is closed. Why is told where it is read; it may be an answer.
                part = try await parts.next()
                if part == nil { throw error }
            }
            if part == nil { part = try await parts.next() }
            while case .head(let head)? = part {
                // 1xx answers announce the real one.
                if head.status.code < 200 {
                    part = try await parts.next()
                    continue
                }
                return try await use(
                    Answer(status: Int(head.status.code), headers: head.headers, body: Body(iterator: parts)))
            }
            throw ToolError(.connection, "\(address) closed the connection without an answer")
        }
    }

    /// Sends a request and returns the whole answer (at most `Limits.maximumAnswerBytes`).
    ///
    /// - Throws: `ToolError` with code `server` where the status is not 2xx, in the words of its problem document.
    public func fetch(
        _ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], body: ByteBuffer? = nil
    ) async throws -> ByteBuffer {
        try await withAnswer(method, path, headers: headers, body: body) { answer in
            try await Self.require2xx(answer)
            return try await Self.collect(answer.body)
        }
    }

    /// Throws the answer's problem where its status is not 2xx.
    public static func require2xx(_ answer: Answer) async throws {
        guard !(200..<300).contains(answer.status) else { return }
        let body = try await collect(answer.body)
        throw Problem.error(status: answer.status, body: body)
    }

    private static func collect(_ body: Body) async throws -> ByteBuffer {
        var whole = ByteBuffer()
        for try await piece in body {
            whole.writeImmutableBuffer(piece)
            guard whole.readableBytes <= Limits.maximumAnswerBytes else {
                throw ToolError(.answerTooLarge, "the answer is larger than \(Limits.maximumAnswerBytes) bytes")
            }
        }
        return whole
    }

    /// What breaks while bytes flow is told in words; a certificate that is not trusted shows only then.
    private func explaining<Result: Sendable>(
        _ channel: Channel,
        _ body: (
            NIOAsyncChannelInboundStream<HTTPClientResponsePart>, NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
        ) async throws -> Result
    ) async throws -> Result {
        do {
            return try await channel.executeThenClose(body)
        } catch {
            throw ConnectionFailure.explained(error, at: address)
        }
    }

    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private var tlsConfiguration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities { configuration.trustRoots = .file(authorities) }
        if let certificate {
            configuration.additionalTrustRoots = [.file(certificate)]
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }

    private func tlsContext() throws -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: tlsConfiguration)
        } catch {
            if let authorities, (try? NIOSSLCertificate.fromPEMFile(authorities)) == nil {
                throw ToolError(
                    .file,
                    "the authorities in \(authorities) (SSL_CERT_FILE) cannot be read; name a PEM file of certificates, or "
                        + "leave the variable out", underlying: error)
            }
            guard let certificate else { throw error }
            throw ToolError(
                .file,
                "the server's certificate \(certificate) cannot be read; put it right, or name the server by --server "
                    + "and an address that this machine trusts",
                underlying: error)
        }
    }

    private func connect() async throws -> Channel {
        let tls = address.isTLS ? try tlsContext() : nil
        let address = self.address
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(Limits.connectTimeout)
                .connect(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls {
                            let isAddress = (try? SocketAddress(ipAddress: address.host, port: 0)) != nil
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : address.host))
                        }
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            throw ConnectionFailure.explained(error, at: address)
        }
    }
}
