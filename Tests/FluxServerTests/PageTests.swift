import FluxEvents
import Glibc
import NIOCore
import Testing

@testable import FluxServer

@Suite struct PageTests {
    private func write(_ path: String, _ text: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    @Test func thePageIsServedWithTheRightCaching() async throws {
        let folder = try ServerUnderTest.temporaryFolder()
        defer { ServerUnderTest.removeFolder(folder) }
        let root = folder + "/web"
        mkdir(root, 0o700)
        mkdir(root + "/assets", 0o700)
        try write(root + "/index.html", "<!doctype html>one")
        try write(root + "/assets/app-5f2b91c0.js", "let a = 1")
        try write(folder + "/secret.txt", "secret")
        symlink(folder + "/secret.txt", root + "/link.txt")
        try await ServerUnderTest.run(configure: Tweak { $0.webRoot = root }) { server async throws in
            for path in ["/", "/welcome", "/?x=1"] {
                let index = try await server.ask("GET", path, as: nil)
                #expect(index.status == 200)
                #expect(index.text == "<!doctype html>one")
                #expect(index[header: "Cache-Control"] == "no-cache")
                #expect(index[header: "Content-Type"] == "text/html; charset=utf-8")
            }
            let script = try await server.ask("GET", "/assets/app-5f2b91c0.js", as: nil)
            #expect(script.status == 200)
            #expect(script[header: "Content-Type"] == "text/javascript; charset=utf-8")
            #expect(script[header: "Cache-Control"]?.contains("immutable") == true)
            let tag = try #require(script[header: "ETag"])
            let known = try await server.ask(
                "GET", "/assets/app-5f2b91c0.js", as: nil, headers: [("If-None-Match", "W/\(tag)")])
            #expect(known.status == 304)
            #expect(known.body.readableBytes == 0)
            let outside = [
                "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/link.txt", "/assets",
                "/assets/",
                "/nothing.js", "//etc/passwd", "/assets/%00",
            ]
            for path in outside {
                let answer = try await server.ask("GET", path, as: nil)
                #expect(answer.status == 404 || answer.status == 400, "\(path)")
                #expect(!answer.text.contains("secret\n"), "\(path)")
            }
            // A new build is seen without a restart.
            try write(root + "/index.html", "<!doctype html>another")
            #expect(try await server.ask("GET", "/", as: nil).text == "<!doctype html>another")
        }
    }

    @Test func withoutAPageTheRootSaysHowToBuildIt() async throws {
        try await ServerUnderTest.run { server async throws in
            let answer = try await server.ask("GET", "/", as: nil)
            #expect(answer.status == 404)
            #expect(answer.text.contains("make build"))
        }
    }

    @Test func aFileOverTheLimitIsNotServedAndFewAreKeptInMemory() throws {
        let root = try ServerUnderTest.temporaryFolder()
        defer { ServerUnderTest.removeFolder(root) }
        try write(root + "/large.js", "")
        #expect(truncate(root + "/large.js", Int(PageFiles.maximumFileBytes)) == 0)
        let files = PageFiles(root: root)
        #expect(files.file("large.js")?.bytes.readableBytes == Int(PageFiles.maximumFileBytes))
        #expect(truncate(root + "/large.js", Int(PageFiles.maximumFileBytes) + 1) == 0)
        #expect(files.file("large.js") == nil && files.kept.bytes == 0)
        for number in 0...PageFiles.maximumKeptFiles {
            try write(root + "/\(number).js", "x")
            #expect(files.file("\(number).js") != nil)
            #expect(files.kept.files <= PageFiles.maximumKeptFiles)
        }
        let piece = PageFiles.maximumKeptBytes / 8
        for number in 0..<20 {
            #expect(truncate(root + "/\(number).js", piece) == 0)
            #expect(files.file("\(number).js")?.bytes.readableBytes == piece)
            #expect(files.kept.bytes <= PageFiles.maximumKeptBytes)
        }
    }

    @Test func namesWithAHashAreKnown() {
        for name in ["app-5f2b91c0.js", "inter.A1b2C3d4.woff2", "chunk-YXXIVLCA.js"] {
            #expect(PageFiles.isHashed(Substring(name)), "\(name)")
        }
        for name in ["index.html", "app.js", "app-component.js", "a-1234567.js", "robots.txt"] {
            #expect(!PageFiles.isHashed(Substring(name)), "\(name)")
        }
    }
}
