import ArgumentParser
import FluxAccess
import FluxEvents
import FluxLog
import FluxTools
import Glibc
import Logging

/// Which data folder a command works on.
struct DataOption: ParsableArguments {
    @Option(help: "The data folder (default: CLOUDFLUX_DATA, else .cloudflux).", completion: .directory)
    var data: String?

    var path: String { data ?? Environment.value("CLOUDFLUX_DATA") ?? ".cloudflux" }

    /// The folder, which must be there.
    var existing: String {
        get throws {
            guard access(path, F_OK) == 0 else {
                throw ToolError(.file, "there is no data folder \(path); name it with --data")
            }
            return path
        }
    }

    /// The file of the accounts in an existing data folder of this version.
    var stateFile: String {
        get throws {
            let path = try existing
            try FolderStanding.refuseOlder(path)
            return path + "/state.sqlite"
        }
    }

    /// Opens `state.sqlite` of a data folder of this version.
    ///
    /// - Parameter make: whether one that is missing is made.
    func withAccess<Result: Sendable>(
        make: Bool = false, _ body: (AccessControl) async throws -> Result
    ) async throws -> Result {
        if make { mkdir(path, 0o700) }
        if try FolderStanding.refuseOlder(try existing) == .new, make {
            try await FolderUpgrade.prepare(
                path, version: CloudFlux.version, reserve: 0, now: .now(), logger: Logger(label: "cloudflux")
            ).unlock()
        }
        let control = try AccessControl(path: path + "/state.sqlite")
        do {
            let result = try await body(control)
            await control.close()
            return result
        } catch {
            await control.close()
            throw error
        }
    }
}

/// Which server a command talks to.
struct ServerOption: ParsableArguments {
    @Option(
        help:
            "The server, such as https://flux.example.org (default: the one that runs on the data folder). SSL_CERT_FILE names a PEM file of authorities to trust."
    )
    var server: String?

    @Option(help: "An API token; better given as CLOUDFLUX_TOKEN, since others can read a command line.")
    var token: String?

    @OptionGroup var data: DataOption

    /// Where the server of a client is now: one on this machine's data folder may have another address once it was
    /// started again. Nil as long as none runs there.
    var whereNow: @Sendable (HTTPClient) -> HTTPClient? {
        let isNamed = (server ?? Environment.value("CLOUDFLUX_SERVER")) != nil
        let path = data.path
        return { isNamed ? $0 : LocalServer.again($0, data: path) }
    }

    func withClient<Result: Sendable>(
        follows: Bool = false, _ body: @Sendable (HTTPClient) async throws -> Result
    ) async throws -> Result {
        try await LocalServer.withClient(
            server: server ?? Environment.value("CLOUDFLUX_SERVER"),
            token: (token ?? Environment.value("CLOUDFLUX_TOKEN")).map { Secret($0) }, data: data.path,
            authorities: Environment.value("SSL_CERT_FILE"), follows: follows, body: body)
    }
}

/// The process's environment.
enum Environment {
    static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    static var all: [String: String] {
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                found[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry = entry.advanced(by: 1)
        }
        return found
    }
}
