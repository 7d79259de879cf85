import AsyncHTTPClient
import FluxEvents
import Foundation
public import NIOCore
import NIOSSL
import Synchronization

/// What all S3 stores share: connections, and the way to credentials.
public final class S3Door: Sendable {
    /// Connections to one host at a time.
    public static let connectionsPerHost = 16
    /// Until a connection stands, and without a byte read or written.
    static let connectTimeout = TimeAmount.seconds(10)
    static let idleTimeout = TimeAmount.seconds(30)

    let http: HTTPClient
    let world: any CredentialSurroundings
    /// By profile and region: all who have the same identity ask for it once.
    private let keepers = Mutex<[[String?]: CredentialKeeper]>([:])

    /// - Parameters:
    ///   - group: runs the connections.
    ///   - world: nil: this process's environment, the user's files.
    public init(group: any EventLoopGroup, world: (any CredentialSurroundings)? = nil) {
        let variables = world?.variables ?? ProcessInfo.processInfo.environment
        var configuration = HTTPClient.Configuration()
        // Where to go instead is read from the answer: a redirect has to be signed anew.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = HTTPClient.Configuration.Timeout(
            connect: Self.connectTimeout, read: Self.idleTimeout, write: Self.idleTimeout)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsPerHost
        // We try again ourselves, and sooner than it would.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        // Another set of certificates to trust, as the AWS command line takes it.
        if let bundle = variables["AWS_CA_BUNDLE"], !bundle.isEmpty {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(bundle)
            configuration.tlsConfiguration = tls
        }
        http = HTTPClient(eventLoopGroup: group, configuration: configuration)
        self.world = world ?? ProcessSurroundings(http: http, variables: variables)
    }

    deinit {
        // One that nobody shut down, as a server that could not start; otherwise this does nothing.
        http.shutdown { _ in }
    }

    /// Closes the connections. Nothing may be asked after it.
    public func shutdown() async {
        try? await http.shutdown()
    }

    /// A client of a store's bucket. Nothing is asked yet.
    public func client(_ url: StoreURL) throws(StoreError) -> S3Client {
        let options = try S3Options(url: url)
        var endpoint = options.endpoint
        if endpoint == nil {
            let given = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].compactMap { world.variables[$0] }
            if let text = given.first(where: { !$0.isEmpty }) { endpoint = try AWSEndpoint(text) }
        }
        let region = region(options)
        let bucket = S3Bucket(
            name: url.bucket, region: region, endpoint: endpoint, isPathStyle: options.isPathStyle)
        return S3Client(bucket: bucket, http: http, keeper: keeper(options, region))
    }

    /// The credentials that a store's requests are made with, and where they came from.
    public func credentials(_ url: StoreURL) async throws(StoreError) -> FoundCredentials {
        let options = try S3Options(url: url)
        return try await keeper(options, region(options)).credentials(now: .now())
    }

    /// The queue that gets the bucket's notifications; nil where the store names none.
    public func queue(_ url: StoreURL) throws(StoreError) -> SQSQueue? {
        let options = try S3Options(url: url)
        guard let events = options.events else { return nil }
        let region = region(options)
        return try SQSQueue(url: events, region: region, http: http, keeper: keeper(options, region))
    }

    /// A client of the bucket that gets the access logs, and what their keys begin with; nil where the store names none.
    public func accessLogs(_ url: StoreURL) throws(StoreError) -> (client: S3Client, prefix: [UInt8])? {
        guard let logs = try S3Options(url: url).accessLogs else { return nil }
        return (try client(logs), Array(logs.prefix.utf8))
    }

    /// The same of CloudTrail's data events; the prefix is what stands before the accounts.
    public func cloudTrail(_ url: StoreURL) throws(StoreError) -> (client: S3Client, prefix: [UInt8])? {
        guard let trail = try S3Options(url: url).cloudTrail else { return nil }
        let prefix = trail.prefix.isEmpty || trail.prefix.hasSuffix("/") ? trail.prefix : trail.prefix + "/"
        return (try client(trail), Array((prefix + "AWSLogs/").utf8))
    }

    /// Looks whether the logs can be listed and read, where the store names any.
    public func checkLogs(_ url: StoreURL) async throws(StoreError) {
        for place in [try accessLogs(url), try cloudTrail(url)] {
            guard let (client, prefix) = place else { continue }
            let page = try await client.list(prefix: prefix, limit: 1)
            if let object = page.objects.first, object.size > 0 {
                _ = try await client.read(object.key, from: 0, count: 1)
            }
        }
    }

    private func region(_ options: S3Options) -> String {
        options.region ?? CredentialChain.region(world: world, profile: options.profile) ?? "us-east-1"
    }

    private func keeper(_ options: S3Options, _ region: String) -> CredentialKeeper {
        keepers.withLock { keepers in
            let identity = [options.profile, region]
            if let known = keepers[identity] { return known }
            let fresh = CredentialKeeper(CredentialChain(world: world, profile: options.profile, region: region))
            keepers[identity] = fresh
            return fresh
        }
    }
}
