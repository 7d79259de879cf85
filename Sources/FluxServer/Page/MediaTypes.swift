/// Media types of the page's files, by the ending of their names.
enum MediaTypes {
    private static let byEnding: [Substring: String] = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "mjs": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "json": "application/json",
        "map": "application/json", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg",
        "ico": "image/x-icon",
        "webp": "image/webp", "woff2": "font/woff2", "woff": "font/woff", "txt": "text/plain; charset=utf-8",
        "webmanifest": "application/manifest+json",
    ]

    static func type(of name: String) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
        return byEnding[name[name.index(after: dot)...]] ?? "application/octet-stream"
    }
}
