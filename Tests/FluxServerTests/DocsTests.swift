import FluxEvents
import Glibc
import NIOCore
import Testing

@testable import FluxServer

@Suite struct DocsTests {
    @Test func theReferencesAreThereWithoutASignInAndWithoutAPage() async throws {
        try await ServerUnderTest.run { server async throws in
            let index = try await server.ask("GET", "/docs", as: nil)
            #expect(index.status == 200)
            #expect(index[header: "Content-Type"] == "text/html; charset=utf-8")
            #expect(index.text.contains("The guides are not built"))
            let root = try await server.ask("GET", "/api/openapi.json", as: nil).json
            let api = try await server.ask("GET", "/docs/api", as: nil).text
            for (path, item) in try #require(root["paths"]).members {
                for (method, operation) in item.members {
                    let id = try #require(operation["operationId"]?.string)
                    #expect(api.contains("<h3 id=\"\(id)\">"), "\(method) \(path)")
                    #expect(index.text.contains("href=\"/docs/api#\(id)\""), "\(method) \(path)")
                }
            }
            for reference in api.matches(of: /href="\/docs\/api#([^"]+)"/) {
                #expect(api.contains("id=\"\(reference.1)\""), "\(reference.1)")
            }
            let streams = try await server.ask("GET", "/docs/streams", as: nil).text
            for word in ["heartbeat_ms", "retry_after_ms", "4408", "cloudevents.json"] {
                #expect(streams.contains(word))
            }
            // Nothing of it comes from elsewhere, and nothing runs.
            for text in [index.text, api, streams] {
                #expect(!text.contains("<script") && !text.contains("src=") && !text.contains("style="))
            }
            for path in ["/docs/nothing", "/docs/..%2f..%2fetc", "/docs/contents.json", "/docs/frame"] {
                #expect(try await server.ask("GET", path, as: nil).status == 404, "\(path)")
            }
        }
    }

    @Test func theSearchFindsWordsAndEscapesWhatWasTyped() async throws {
        try await ServerUnderTest.run { server async throws in
            let found = try await server.ask("GET", "/docs?q=TICKET+opens", as: nil).text
            #expect(found.contains("href=\"/docs/api#issueTicket\""))
            let none = try await server.ask(
                "GET", "/docs?q=%3Cscript%3Ealert(1)%3C/script%3E%22%7B%7Bcontent%7D%7D", as: nil
            ).text
            #expect(none.contains("Nothing has"))
            #expect(none.contains("&lt;script&gt;") && !none.contains("<script>alert"))
            let long = String(repeating: "x", count: DocsPages.maximumQuery + 1)
            #expect(try await server.ask("GET", "/docs?q=\(long)", as: nil).status == 400)
            #expect(try await server.ask("GET", "/docs?p=1", as: nil).status == 400)
        }
    }

    @Test func guidesStandInTheFrameOfThePage() async throws {
        let folder = try ServerUnderTest.temporaryFolder()
        defer { ServerUnderTest.removeFolder(folder) }
        mkdir(folder + "/docs", 0o700)
        let files = [
            "frame.html":
                "<title>{{title}}</title><i>{{query}}</i><nav>{{navigation}}</nav><main>{{content}}</main>{{other}}",
            "contents.json": #"{"guides":[{"page":"g","title":"A guide","sections":["#
                + #"{"id":"g","title":"A guide","level":1,"text":"about {{content}}"},"#
                + #"{"id":"part","title":"A part","level":2,"text":"unlikely <b>words</b>"}]}]}"#,
            "g.html": "<h1>A guide</h1><p>{{title}} stays</p>",
        ]
        for (name, text) in files {
            let file = try #require(fopen(folder + "/docs/" + name, "w"))
            fputs(text, file)
            fclose(file)
        }
        try await ServerUnderTest.run(configure: Tweak { $0.webRoot = folder }) { server async throws in
            let guide = try await server.ask("GET", "/docs/g", as: nil).text
            #expect(guide.contains("<title>A guide</title>") && guide.contains("<p>{{title}} stays</p>"))
            #expect(guide.contains("<a href=\"#part\">A part</a>") && guide.contains("aria-current=\"page\""))
            let found = try await server.ask("GET", "/docs?q=UNLIKELY", as: nil).text
            #expect(found.contains("<a href=\"/docs/g#part\">A part</a>") && found.contains("&lt;b&gt;words"))
            #expect(try await server.ask("GET", "/docs", as: nil).text.contains("<a href=\"/docs/g\">A guide</a>"))
        }
    }
}
