import ArgumentParser
import FluxTools

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server.",
        discussion: Examples.text(
            "Every option --some-name is also CLOUDFLUX_SOME_NAME in the environment and `some-name:` in the file. `cloudflux config show` tells what holds and where it comes from. SIGTERM drains, as do SIGINT and SIGHUP; a second one stops now.",
            "cloudflux serve --store file:///srv/files",
            "cloudflux serve --config /etc/cloudflux.yaml --listen 0.0.0.0:8000 \\",
            "    --tls-cert /etc/flux/cert.pem --tls-key /etc/flux/key.pem",
            "CLOUDFLUX_HEARTBEAT=10s cloudflux serve --data /var/lib/cloudflux"))
    @OptionGroup var options: ServeOptions

    func run() async throws {
        Allocator.tune()
        let settings = try options.resolve()
        try await ServerAssembly.run(settings)
    }
}
