public import FluxAccess
import FluxEvents
import Glibc
import NIOCore

/// Finds the server that a command talks to, and the right to do so.
///
/// Either by address and token, or by the data folder of a server on this machine: who may write that folder is its
/// administrator, so a short-lived token is made in its `state.sqlite`.
public enum LocalServer {
    /// How long the token of a command lasts that does one thing.
    public static let tokenLifetimeMilliseconds: Int64 = 3_600_000
    /// How long that of a command lasts that goes on until it is interrupted; then the server ends its stream.
    public static let followLifetimeMilliseconds: Int64 = 12 * 3_600_000

    /// Runs `body` with a client for the server that the options name.
    ///
    /// - Parameters:
    ///   - server: `--server`, or nil.
    ///   - token: `--token` or `CLOUDFLUX_TOKEN`, or nil.
    ///   - data: the data folder, used where no address is given.
    ///   - authorities: `SSL_CERT_FILE`, or nil; used where an address is given.
    ///   - follows: whether the command goes on until it is interrupted.
    /// - Throws: `ToolError` with code `connection` where no server runs on the data folder.
    public static func withClient<Result: Sendable>(
        server: String?, token: Secret?, data: String, authorities: String? = nil, follows: Bool = false,
        body: @Sendable (HTTPClient) async throws -> Result
    ) async throws -> Result {
        if let server {
            return try await body(
                HTTPClient(address: try ServerAddress(server), token: token, authorities: authorities))
        }
        try FolderStanding.refuseOlder(data)
        let (address, certificate) = try find(data: data)
        if let token {
            return try await body(HTTPClient(address: address, token: token, certificate: certificate))
        }
        let access = try AccessControl(path: data + "/state.sqlite")
        let minted = try await access.tokens.mintLocal(
            name: "cli-\(getpid())", scopes: [.admin],
            lifetime: follows ? followLifetimeMilliseconds : tokenLifetimeMilliseconds)
        await access.close()
        return try await body(HTTPClient(address: address, token: minted.secret, certificate: certificate))
    }

    /// The same client for the server that runs on the data folder now: one that was started again may have another
    /// address. Nil where none runs.
    public static func again(_ client: HTTPClient, data: String) -> HTTPClient? {
        guard let (address, certificate) = try? find(data: data) else { return nil }
        var client = client
        client.address = address
        client.certificate = certificate
        return client
    }

    /// The address, and the certificate to trust, that the server on a data folder wrote there. The file alone is no
    /// proof: a killed server leaves it behind, and its port may be somebody else's by now, who must not be sent a token.
    /// So the one that wrote it must hold the folder's lock, which no process keeps beyond its end.
    static func find(data: String) throws(ToolError) -> (address: ServerAddress, certificate: String?) {
        let nobody = ToolError(
            .connection,
            "no server is running on the data folder \(data). Start one with `cloudflux serve --data \(data)`, or name another with --server"
        )
        guard let file = FileBytes.read(data + "/server.json", limit: 65_536) else { throw nobody }
        guard let document = try? JSONDocument.parse(ByteBuffer(bytes: file)),
            let url = document.root["url"]?.string, let process = document.root["pid"]?.int64
        else { throw ToolError(.file, "\(data)/server.json is damaged; restart the server to have it written anew") }
        guard holder(of: data + "/lock") == process else { throw nobody }
        return (try ServerAddress(url), document.root["certificate"]?.string)
    }

    /// The process that holds a lock, as it wrote there; nil where nobody does.
    private static func holder(of lock: String) -> Int64? {
        let file = open(lock, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // Shared and for a moment: a server that starts just then tries again.
        guard flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK, let text = FileBytes.chunk(of: file, bytes: 32)
        else { return nil }
        return Int64(String(decoding: text.prefix { (0x30...0x39).contains($0) }, as: UTF8.self))
    }
}
