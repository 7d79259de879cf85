import FluxAccess
import FluxEvents
import Glibc
import HTTPTypes
import NIOCore
import Testing

@testable import FluxServer

@Suite struct DescriptionTests {
    @Test func theDocumentAndTheRoutesAgreeBothWays() async throws {
        try await ServerUnderTest.run { server async throws in
            let root = try await server.ask("GET", "/api/openapi.json", as: nil).json
            #expect(root["openapi"]?.string == "3.1.0")
            var ids: [String] = []
            var described: Set<String> = []
            for (path, item) in try #require(root["paths"]).members {
                for (method, operation) in item.members {
                    described.insert("\(method.uppercased()) \(path)")
                    ids.append(try #require(operation["operationId"]?.string))
                    let parameters = (operation["parameters"]?.elements).map(Array.init) ?? []
                    // Each parameter of the path is declared, and no other.
                    let inPath = parameters.filter { $0["in"]?.string == "path" }.compactMap { $0["name"]?.string }
                    #expect(inPath == PathTemplate(path).parameters, "\(method) \(path)")
                    // Each described route is there: it answers something else than "no such route" or 405.
                    let target = path.replacing("{id}", with: "x").replacing("{type}", with: "x").replacing(
                        "{name}", with: "x")
                    // A stream does not end, and signing out would end the other requests of this test.
                    if path == "/api/stream/live" || path == "/api/auth/logout" { continue }
                    let answer = try await server.ask(
                        method.uppercased(), target, body: method == "post" || method == "put" ? "" : nil)
                    #expect(answer.status != 405, "\(method) \(path)")
                    if answer.status == 404 { #expect(try answer.json["code"]?.string != "no_such_route") }
                    // And with a status that it declares.
                    let statuses = (operation["responses"]?.members).map { $0.map(\.key) } ?? []
                    #expect(statuses.contains(String(answer.status)), "\(method) \(path): \(answer.status)")
                }
            }
            #expect(Set(ids).count == ids.count)
            // The other way: what the contract lists is described.
            let wanted = [
                "GET /api/stream/events", "POST /api/stream/events", "GET /api/stream/live", "GET /api/stream/export",
                "GET /api/stream/stats", "GET /api/stream/rates", "POST /api/stream/simulate",
                "DELETE /api/stream/simulate/{id}",
                "GET /api/filters", "PUT /api/filters/{name}", "DELETE /api/filters/{name}", "GET /api/stores",
                "POST /api/stores", "POST /api/stores/{id}/pause", "POST /api/stores/{id}/resume",
                "POST /api/stores/{id}/retry", "POST /api/stores/{id}/confirm", "DELETE /api/stores/{id}",
                "GET /api/overview", "GET /api/objects", "GET /api/objects/{id}", "POST /api/auth/welcome",
                "POST /api/auth/login",
                "GET /api/auth/me", "POST /api/auth/logout", "POST /api/auth/ticket", "GET /healthz", "GET /readyz",
                "GET /metrics", "GET /api/openapi.json", "GET /api/asyncapi.json", "GET /api/schemas",
                "GET /api/schemas/{type}",
            ]
            #expect(described == Set(wanted))
        }
    }

    @Test func everyReferenceOfTheDocumentResolves() async throws {
        try await ServerUnderTest.run { server async throws in
            let root = try await server.ask("GET", "/api/openapi.json", as: nil).json
            var references: Set<String> = []
            func visit(_ value: JSONValue) {
                if let reference = value["$ref"]?.string { references.insert(reference) }
                for (_, member) in value.members { visit(member) }
                for element in value.elements { visit(element) }
            }
            visit(root)
            #expect(references.count > 8)
            let names = Set((root["components"]?["schemas"]?.members).map { $0.map(\.key) } ?? [])
            for reference in references {
                #expect(names.contains(reference.replacing("#/components/schemas/", with: "")), "\(reference)")
            }
        }
    }

    @Test func schemasOfEventDataAreServed() async throws {
        try await ServerUnderTest.run { server async throws in
            let list = try await server.ask("GET", "/api/schemas", as: nil).json
            let types = try #require(list["schemas"]).elements.compactMap { $0["type"]?.string }
            #expect(types.contains("cloud.upload"))
            for type in types {
                let schema = try await server.ask("GET", "/api/schemas/\(type)", as: nil)
                #expect(schema.status == 200)
                #expect(try schema.json.kind == .object)
            }
            let missing = try await server.ask("GET", "/api/schemas/cloud.uplod", as: nil)
            #expect(missing.status == 404)
            #expect(try missing.json["suggestion"]?.string == "cloud.upload")
        }
    }

    @Test func metricsPassPromtool() async throws {
        try await ServerUnderTest.run { server async throws in
            try await server.fill(10)
            _ = try await server.ask("GET", "/api/stream/events")
            _ = try await server.ask("GET", "/api/objects/nothing")
            let answer = try await server.ask("GET", "/metrics", as: .read)
            #expect(answer.status == 200)
            #expect(answer[header: "Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            let text = answer.text
            #expect(
                text.contains(
                    "cloudflux_http_requests_total{method=\"GET\",route=\"/api/objects/{id}\",status=\"404\"} 1"))
            #expect(text.contains("cloudflux_events_total{type=\"other\"} 10"))
            // What the system says of this very process.
            func value(_ name: String) throws -> Double {
                let line = try #require(
                    text.split(separator: "\n").first { $0.hasPrefix("cloudflux_\(name) ") }, "\(name)")
                return try #require(Double(line.split(separator: " ")[1]))
            }
            // Other tests open and close theirs meanwhile, so the number itself cannot be told.
            #expect(try value("process_open_fds") > 3)
            #expect(try value("process_max_fds") >= value("process_open_fds"))
            #expect(try value("process_resident_memory_bytes") > 1_000_000)
            #expect(try value("process_cpu_seconds_total") > 0)
            #expect(try value("disk_free_bytes") > 0)
            #expect(!text.contains("tls_certificate_expiry"))
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                #expect(line.hasPrefix("cloudflux_"), "\(line)")
            }
            // The list in the documentation is whole.
            try checkWithPromtool(text, in: server.directory)
        }
    }

    private func checkWithPromtool(_ text: String, in directory: String) throws {
        guard access("/usr/bin/promtool", X_OK) == 0 else { return }
        let path = directory + "/metrics.txt"
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
        let pipe = try #require(popen("/usr/bin/promtool check metrics < \(path) 2>&1", "r"))
        var output = ""
        var line = [CChar](repeating: 0, count: 4096)
        while fgets(&line, Int32(line.count), pipe) != nil {
            output += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        #expect(pclose(pipe) == 0, "\(output)")
        #expect(output == "")
    }
}
