import ArgumentParser
import FluxAccess
import FluxCatalog
import FluxLog
import FluxServer
import FluxTools
import Glibc

/// The command `cloudflux`.
struct CloudFlux: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cloudflux",
        abstract: "What happens to your objects, as one durable, replayable event log.",
        discussion: Examples.text(
            "Every command has help of its own with examples: cloudflux COMMAND --help",
            "cloudflux serve --store file:///srv/files     # watches a folder",
            "cloudflux events --follow                     # in another terminal"),
        version: version,
        subcommands: [
            Serve.self, Events.self, Import.self, Export.self, Stores.self, Scan.self, Analyze.self, Backtest.self,
            Simulate.self,
            Users.self, Tokens.self, Log.self, Config.self, DoctorCommand.self, Backup.self, Restore.self,
            Completions.self,
        ])

    static let version = "0.1.0"
}

@main
enum Main {
    /// 0 fine, 1 failed, 2 usage, 65 of a later version.
    static func main() async {
        // A reader that goes away (`cloudflux events | head`) is no reason to die by a signal.
        signal(SIGPIPE, SIG_IGN)
        if let complaint = UsageWords.complaint(Array(CommandLine.arguments.dropFirst())) {
            complain(complaint)
            exit(2)
        }
        do {
            var command = try CloudFlux.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            leave(error)
        }
    }

    /// EX_DATAERR: a later version wrote it, and starting again is no help.
    static let dataError: Int32 = 65

    private static func leave(_ error: any Error) -> Never {
        switch error {
        case let error as ToolError where error.code == .readerGone:
            exit(0)
        case let error as ToolError:
            complain(error.message)
            exit(error.code == .newerVersion ? dataError : error.code == .usage || error.code == .settings ? 2 : 1)
        case let error as AccessError:
            complain(error.message)
            let isUsage = error.code == .configuration || error.code == .invalid
            exit(error.code == .newerVersion ? dataError : isUsage ? 2 : 1)
        case let error as LogError:
            complain(error.message)
            exit(error.code == .newerVersion ? dataError : 1)
        case let error as CatalogError:
            complain(error.message)
            exit(error.code == .newerVersion ? dataError : 1)
        case is CancellationError:
            exit(0)
        case let error as ExitCode:
            // The command has said all there is to say.
            exit(error.rawValue)
        default:
            let whole = CloudFlux.fullMessage(for: error)
            switch CloudFlux.exitCode(for: error) {
            case .success:
                print(whole)
                exit(0)
            case .validationFailure:
                complain(UsageWords.sentence(CloudFlux.message(for: error), whole: whole))
                exit(2)
            case let code:
                complain(CloudFlux.message(for: error))
                exit(code.rawValue)
            }
        }
    }

    private static func complain(_ text: String) {
        Terminal.error("cloudflux: " + text)
    }
}
