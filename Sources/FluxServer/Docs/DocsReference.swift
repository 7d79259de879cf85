/// A page of the documentation that is made from what the server is made of.
struct DocsReference: Sendable {
    var sections: [DocsSection] = []
    private(set) var html = HTML()
    let page: String

    init(page: String, title: String, introduction: String) {
        self.page = page
        sections.append(DocsSection(page: page, anchor: "", title: title, level: 1, text: introduction))
        html.element("h1", text: title)
        html.element("p", prose: introduction)
    }

    /// A heading, which the contents list, and what stands below it.
    mutating func section(
        _ level: Int, _ title: String, anchor: String, text: String = "", heading: HTML? = nil,
        _ body: (inout HTML) -> Void = { _ in }
    ) {
        sections.append(DocsSection(page: page, anchor: anchor, title: title, level: level, text: text))
        html.element("h\(level)", [("id", anchor)]) { html in
            if let heading { html.write(raw: heading.text) } else { html.write(prose: title) }
        }
        body(&html)
    }
}
