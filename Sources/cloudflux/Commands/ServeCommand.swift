import ArgumentParser
import FluxTools

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server.",
        discussion: """
              cloudflux serve --store file:///srv/files
              cloudflux serve --config /etc/cloudflux.yaml --listen 0.0.0.0:8000 --tls-cert c.pem --tls-key k.pem

            Every option --some-name is also CLOUDFLUX_SOME_NAME in the environment and `some-name:` in the file.
            `cloudflux config show` tells what holds and where it comes from. SIGTERM drains; a second one stops now.
            """)
    @OptionGroup var options: ServeOptions

    func run() async throws {
        let settings = try options.resolve()
        try await ServerAssembly.run(settings)
    }
}
