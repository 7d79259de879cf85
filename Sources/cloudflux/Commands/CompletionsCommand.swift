import ArgumentParser
import FluxTools

struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the script by which a shell completes commands and options.",
        discussion: Examples.text(
            "",
            "cloudflux completions bash > /etc/bash_completion.d/cloudflux",
            "cloudflux completions zsh > \"${fpath[1]}/_cloudflux\"",
            "cloudflux completions fish > ~/.config/fish/completions/cloudflux.fish"))
    @Argument(help: "bash, zsh or fish.", completion: .list(["bash", "zsh", "fish"])) var shell: String

    func run() throws {
        guard let known = CompletionShell(rawValue: shell) else {
            throw ToolError(.usage, "there are completions for bash, zsh and fish, not for “\(shell.prefix(40))”")
        }
        try Terminal.output(CloudFlux.completionScript(for: known))
    }
}
