import FluxAccess
import FluxEvents
import FluxTools
import Glibc

/// Tells the world where the server listens: lines on standard output, and files in the data folder that are gone after
/// a clean stop.
struct Announcement: Sendable {
    var folder: DataFolder
    var scheme: String
    var host: String
    var publicURL: String?
    /// PEM file that local commands may trust.
    var certificate: String?

    private static let names = ["ports.json", "server.json", "welcome"]

    /// Removes what a killed server left behind.
    func clear() {
        for name in Self.names { unlink(folder.file(name)) }
    }

    func base(port: Int) -> String {
        ServerAddress(isTLS: scheme == "https", host: host, port: port).withPort
    }

    func serving(port: Int, welcome: Secret?) throws {
        let base = base(port: port)
        try FileBytes.replace(folder.file("ports.json"), with: "{\"http\": \(port)}\n")
        // What a command on this machine connects to: any address means this machine.
        let local = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
        let reachable = ServerAddress(isTLS: scheme == "https", host: local, port: port).withPort
        var about = JSONWriter()
        about.object { out in
            out.field("url", reachable)
            out.field("pid", getpid())
            if let certificate { out.field("certificate", certificate) }
        }
        try FileBytes.replace(folder.file("server.json"), with: about.line + "\n")
        try Terminal.output("listening on \(base)")
        if let welcome {
            let link = "\(publicURL ?? base)/welcome#\(welcome.reveal())"
            try WelcomeFile.write(link: Secret(link), to: folder.file("welcome"))
            try Terminal.output("sign in: \(link)")
        }
    }
}

extension ServerAddress {
    /// With the port always told.
    fileprivate var withPort: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isTLS ? "https" : "http")://\(name):\(port)"
    }
}
