import FluxAccess
import FluxTools

/// Scopes as one writes them.
enum Scopes {
    static let all = names(Set(Scope.allCases))

    static func parse(_ text: String) throws(ToolError) -> Set<Scope> {
        var found: Set<Scope> = []
        for name in text.split(separator: ",") {
            guard let scope = Scope(rawValue: String(name)) else {
                throw ToolError(.usage, "there is no scope “\(name)”; use read, ingest or admin, parted by commas")
            }
            found.insert(scope)
        }
        guard !found.isEmpty else { throw ToolError(.usage, "no scope was given: use read, ingest or admin") }
        return found
    }

    static func names(_ scopes: Set<Scope>) -> [String] {
        [Scope.read, .ingest, .admin].filter(scopes.contains).map(\.rawValue)
    }
}
