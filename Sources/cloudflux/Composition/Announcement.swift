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

    /// Removes what this server, or a killed one, wrote. Only for the one that has the folder's lock.
    static func clear(_ folder: DataFolder) {
        for name in names { unlink(folder.file(name)) }
    }

    /// Local commands find no server from now on: the port of one that stops may be somebody else's soon.
    static func withdraw(_ folder: DataFolder) {
        unlink(folder.file("server.json"))
    }

    func base(port: Int) -> String {
        ServerAddress(isTLS: scheme == "https", host: host, port: port).withPort
    }

    /// Writes the files by which others find the server.
    func write(port: Int, welcome: Secret?) throws {
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
        if let welcome {
            try WelcomeFile.write(link: link(port: port, welcome), to: folder.file("welcome"))
        }
    }

    /// Says it on standard output.
    func say(port: Int, welcome: Secret?) throws {
        try Terminal.output("listening on \(base(port: port))")
        guard let welcome else { return }
        try Terminal.output("sign in: \(link(port: port, welcome).reveal())")
        if publicURL == nil, isEveryAddress {
            try Terminal.output(
                "from another machine, open the same link with an IP address of this one in the place of localhost, or start "
                    + "with --public-url and the address that people use")
        }
    }

    private func link(port: Int, _ welcome: Secret) -> Secret {
        var address = ServerAddress(isTLS: scheme == "https", host: host, port: port)
        // “All addresses” is none that a browser can open.
        if isEveryAddress { address.host = "localhost" }
        return Secret("\(publicURL ?? address.withPort)/welcome#\(welcome.reveal())")
    }

    private var isEveryAddress: Bool { host == "0.0.0.0" || host == "::" }
}

extension ServerAddress {
    /// With the port always told.
    fileprivate var withPort: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isTLS ? "https" : "http")://\(name):\(port)"
    }
}
