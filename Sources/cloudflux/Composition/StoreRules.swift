import FluxStores
import FluxTools

/// What must hold for the stores that flags, environment and file name, before any folder is looked at.
extension ResolvedSettings {
    /// - Throws: `ToolError` with code `settings` for an unknown scheme, a malformed URL, an unknown parameter, and two
    ///   stores that lie in each other.
    func checkStores() throws(ToolError) {
        guard let entry = entry("store") else { return }
        var seen: [StoreURL] = []
        for (text, shown) in zip(entry.texts, entry.shownTexts) {
            let url: StoreURL
            do {
                url = try StoreURL(text)
                try url.check()
            } catch {
                throw ToolError(.settings, "store (\(entry.origin)): \(Self.words(for: error, shown: shown))")
            }
            if let other = seen.first(where: { $0.overlaps(url) && $0 != url }) {
                let problem =
                    other.source == url.source
                    ? "\(url.source) stands twice with other parameters; keep one"
                    : !url.isFolder
                        ? "\(other.source) and \(url.source) are of one bucket, of which there is one store; keep one"
                        : "\(other.source) and \(url.source) lie in each other, and every change would be told twice; "
                            + "watch one of the two"
                throw ToolError(.settings, "store (\(entry.origin)): \(problem)")
            }
            seen.append(url)
        }
    }

    /// The words of a store's error, without what the URL may hold of secrets.
    private static func words(for error: StoreError, shown: String) -> String {
        do {
            try StoreURL(shown).check()
        } catch let masked {
            return masked.message
        }
        return "\(shown.prefix { $0 != "?" }) cannot be used; look at its parameters (\(error.code))"
    }
}
