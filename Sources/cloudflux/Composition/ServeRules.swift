import FluxAccess
import FluxCatalog
import FluxTiering
import FluxTools
import Glibc
import Logging

/// Everything that can be said against settings before anything is made or opened: `serve` and `config check` ask the
/// same questions.
enum ServeRules {
    /// - Returns: what is allowed, but worth a warning.
    /// - Throws: `ToolError` with code `settings`; with code `file`, or `AccessError`, for a file that cannot be used.
    static func check(_ settings: ResolvedSettings) throws -> [String] {
        let warnings = try settings.check()
        try settings.checkStores()
        guard ServerAssembly.forecastConfiguration(settings).rule.isOrdered else {
            throw ToolError(
                .settings,
                "by --hot-chance (in 7 days), --warm-chance (in 30) and --cold-chance (in 365) what is HOT must be read more "
                    + "often than what is WARM, and that more often than what is COLD")
        }
        if let root = settings.text("web-root"), access(root + "/index.html", R_OK) != 0 {
            throw ToolError(
                .file, "the web root \(root) holds no index.html; build the page with `make build`, or leave it out")
        }
        if let certificate = settings.text("tls-cert"), let key = settings.text("tls-key") {
            _ = try TLSReloader(certificatePath: certificate, keyPath: key, logger: Logger(label: "cloudflux"))
        }
        return warnings
    }
}
