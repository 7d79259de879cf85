import FluxEvents
import FluxLive
import HTTPTypes
import NIOCore

/// `/docs`: the guides, which the page's build made, and the references, which are made here; without any script.
struct DocsPages: Sendable {
    private let files: PageFiles?
    private let references: [DocsReference]

    /// More results of a search are not shown.
    static let maximumResults = 50
    static let maximumQuery = 200

    init(files: PageFiles?, endpoints: [Endpoint], version: String) {
        var configuration = LiveConfiguration()
        configuration.serverVersion = version
        self.files = files
        references = [APIReference.make(endpoints), StreamReference.make(configuration)]
    }

    var routes: [Endpoint] {
        [
            Endpoint(
                .get, "/docs", .visitors,
                parameters: [.query("q", .text(maximum: Self.maximumQuery), "Words to look for.")]
            ) { call in
                let query = call.query["q"] ?? ""
                return framed(query.isEmpty ? contents() : results(query), title: "Documentation", query: query)
            },
            Endpoint(.get, "/docs/{page}", .visitors) { call in
                let name = call.pathParameters["page"] ?? ""
                guard let (title, html) = page(name) else {
                    throw Problem(404, "no_such_page", "There is no such page; /docs lists those there are.")
                }
                return framed(html, title: title, page: name)
            },
        ]
    }

    private func page(_ name: String) -> (title: String, html: HTML)? {
        if let reference = references.first(where: { $0.page == name }) {
            return (reference.sections.first?.title ?? name, reference.html)
        }
        guard let title = sections.first(where: { $0.page == name && $0.level == 1 })?.title,
            let file = files?.file("docs/\(name).html")
        else { return nil }
        var html = HTML()
        html.write(raw: String(buffer: file.bytes))
        return (title, html)
    }

    /// Everything there is, guides first.
    private var sections: [DocsSection] {
        let list = files?.file("docs/contents.json").flatMap { try? JSONDocument.parse($0.bytes).root }
        return (list.map(DocsSection.guides) ?? []) + references.flatMap(\.sections)
    }

    private func contents() -> HTML {
        var html = HTML()
        html.element("h1", text: "Documentation")
        let all = sections
        if all.first?.page == APIReference.page {
            html.element(
                "p",
                prose:
                    "The guides are not built; run `make page` in the checkout, or name the built page's folder with `--web-root`."
            )
        }
        for page in Self.pages(all) {
            html.element("h2") { $0.link("/docs/" + page.page, page.title) }
            html.element("ul") { html in
                for section in all where section.page == page.page && section.level > 1 && section.level < 4 {
                    html.element("li") { $0.link(section.address, section.title.replacing("`", with: "")) }
                }
            }
        }
        return html
    }

    private func results(_ query: String) -> HTML {
        let words = query.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
        let found = sections.filter { $0.holds(words) }
        var html = HTML()
        html.element("h1", text: "Search")
        html.element(
            "p",
            text: found.isEmpty
                ? "Nothing has “\(query)”."
                : "\(found.count) \(found.count == 1 ? "place has" : "places have") “\(query)”.")
        let titles = Dictionary(Self.pages(sections).map { ($0.page, $0.title) }) { first, _ in first }
        html.element("ol", [("class", "results")]) { html in
            for section in found.prefix(Self.maximumResults) {
                html.element("li") { html in
                    html.link(section.address, section.title.replacing("`", with: ""))
                    if section.level > 1, let title = titles[section.page] { html.write(" · " + title) }
                    html.element("div", [("class", "quiet")], text: section.excerpt(around: words))
                }
            }
        }
        return html
    }

    private static func pages(_ sections: [DocsSection]) -> [DocsSection] { sections.filter { $0.level == 1 } }

    // MARK: The frame

    private func framed(_ content: HTML, title: String, page: String? = nil, query: String = "") -> Reply {
        let frame = files?.file("docs/frame.html").map { String(buffer: $0.bytes) } ?? Self.bareFrame
        // One pass, so that nothing that is put in is looked through for marks.
        var out = ""
        for (index, piece) in frame.split(separator: "{{", omittingEmptySubsequences: false).enumerated() {
            guard index > 0, let end = piece.firstRange(of: "}}") else {
                out += piece
                continue
            }
            switch piece[..<end.lowerBound] {
            case "title": out += HTML.escape(title)
            case "query": out += HTML.escape(query)
            case "navigation": out += navigation(page).text
            case "content": out += content.text
            default: break
            }
            out += piece[end.upperBound...]
        }
        var reply = Reply.text(out, type: "text/html; charset=utf-8")
        reply.fields[.cacheControl] = "no-cache"
        return reply
    }

    private func navigation(_ current: String?) -> HTML {
        var html = HTML()
        let all = sections
        html.element("ul") { html in
            for page in Self.pages(all) {
                let isCurrent = page.page == current
                html.element("li") { html in
                    html.element(
                        "a", [("href", page.address)] + (isCurrent ? [("aria-current", "page")] : []), text: page.title)
                    guard isCurrent else { return }
                    html.element("ul") { html in
                        for section in all where section.page == current && section.level == 2 {
                            html.element("li") { $0.link("#" + section.anchor, section.title.replacing("`", with: "")) }
                        }
                    }
                }
            }
        }
        return html
    }

    private static let bareFrame = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>{{title}} · CloudFlux</title>
        <nav>{{navigation}}</nav><main>{{content}}</main></html>

        """
}
