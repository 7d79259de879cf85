import FluxEvents
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The built page: `/` and `/welcome` are its `index.html`, other paths its files by name.
struct StaticPage: Sendable {
    let files: PageFiles?

    init(root: String?) {
        files = root.map(PageFiles.init)
    }

    /// The addresses that the page itself has; it keeps further ones behind `#`.
    var routes: [Endpoint] {
        ["/", "/welcome"].map { path in
            Endpoint(.get, path, .visitors, ownsQuery: true) { call in answer("index.html", call) ?? missing }
        }
    }

    /// Its files, by their names below the root.
    var fallback: Endpoint {
        Endpoint(.get, "/{file}", .visitors, ownsQuery: true) { call in
            let path = Gateway.split(call.target).path
            guard let name = PercentCoding.decode(path.dropFirst(), plusIsSpace: false),
                let reply = answer(name, call)
            else {
                throw Problem(404, "no_such_route", "There is nothing at \(Problem.shown(String(path))).")
            }
            return reply
        }
    }

    private func answer(_ path: String, _ call: Call) -> Reply? {
        guard let file = files?.file(path) else { return nil }
        var fields: HTTPFields = [
            .contentType: file.type, .eTag: file.tag,
            .cacheControl: file.isForever ? "public, max-age=31536000, immutable" : "no-cache",
        ]
        if let known = call.request.headers[.ifNoneMatch], Self.matches(known, tag: file.tag) {
            fields[.contentType] = nil
            return Reply(304, fields: fields)
        }
        return Reply(200, fields: fields, body: .bytes(file.bytes))
    }

    /// Whether one of the tags of `If-None-Match` is this one (weakly compared, as RFC 9110 asks).
    static func matches(_ field: String, tag: String) -> Bool {
        field.split(separator: ",").contains { one in
            let bare = one.drop { $0 == " " || $0 == "\t" }
            let strong = bare.hasPrefix("W/") ? bare.dropFirst(2) : bare
            return strong == "*" || strong.prefix { $0 != " " && $0 != "\t" } == tag
        }
    }

    private var missing: Reply {
        .text(
            """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>CloudFlux</title>
            <h1>CloudFlux is running, but its page is not built</h1>
            <p>Run <code>make build</code> in the checkout and load this again, or start the server with
            <code>--web-root</code> and the folder of the built page. The API is described at
            <a href="/api/openapi.json">/api/openapi.json</a>.</p></html>

            """, type: "text/html; charset=utf-8", status: 404)
    }
}
