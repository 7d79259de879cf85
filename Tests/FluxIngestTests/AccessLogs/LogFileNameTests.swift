import FluxEvents
import FluxStores
import Testing

@testable import FluxIngest

@Suite struct LogFileNameTests {
    private static let prefix = Array("log/".utf8)
    private static let time: Int64 = 1_795_996_800 + 3723  // 2026-11-30T01:02:03Z… of the day that follows

    @Test func bothFormatsOfKeysAreRead() throws {
        let plain = try #require(
            LogFileName(Array("log/2013-11-01-21-32-16-E568B2907131C0C0".utf8), prefix: Self.prefix))
        #expect(Timestamp(milliseconds: plain.time * 1000).rfc3339 == "2013-11-01T21:32:16.000Z")
        #expect(plain.series == LogSeries(start: Self.prefix, isDated: false))
        let key = "log/123456789012/us-west-2/my-bucket/2023/03/01/2023-03-01-21-32-16-E568B2907131C0C0"
        let dated = try #require(LogFileName(Array(key.utf8), prefix: Self.prefix))
        #expect(Timestamp(milliseconds: dated.time * 1000).rfc3339 == "2023-03-01T21:32:16.000Z")
        #expect(dated.series == LogSeries(start: Array("log/123456789012/us-west-2/my-bucket/".utf8), isDated: true))
        #expect(LogFileName(Array("2013-11-01-21-32-16-E".utf8), prefix: []) != nil)
    }

    @Test(arguments: [
        "log/", "log/README", "other/2013-11-01-21-32-16-E", "log/2013-11-01-21-32-16-", "log/2013-13-01-21-32-16-E",
        "log/2013-11-01T21:32:16Z-E", "log/2013-11-01-21-32-16", "log/x/2013-11-01-21-32-16-E",
        "log/123456789012/us-west-2/my-bucket/2023/03/02/2023-03-01-21-32-16-E",
        "log/12345678901/us-west-2/my-bucket/2023/03/01/2023-03-01-21-32-16-E",
        "log/123456789012/us-west-2/my-bucket/2023/03/01/x",
    ])
    func whatIsNone(_ key: String) {
        #expect(LogFileName(Array(key.utf8), prefix: Self.prefix) == nil)
    }

    @Test func aLookBeginsAnHourBehindTheNewestName() throws {
        let plain = LogSeries(start: Self.prefix, isDated: false)
        #expect(plain.after(newest: nil, isWhole: false, now: Self.time) == nil)
        let newest = try #require(LogFileName(Array("log/2026-03-01-00-30-00-E".utf8), prefix: Self.prefix)).time
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        #expect(text(plain.after(newest: newest, isWhole: false, now: newest)) == "log/2026-02-28-23-30-00")
        #expect(text(plain.after(newest: newest, isWhole: true, now: newest + 60)) == "log/2026-02-22-00-31-00")
        // Where nothing came for long, the last seven days do not reach back to what came.
        #expect(
            text(plain.after(newest: newest, isWhole: true, now: newest + 90 * 86_400)) == "log/2026-02-28-23-30-00")
        let dated = LogSeries(start: Array("log/1/r/b/".utf8), isDated: true)
        #expect(
            text(dated.after(newest: newest, isWhole: false, now: newest)) == "log/1/r/b/2026/02/28/2026-02-28-23-30-00"
        )
        // Parted by the time of the requests: names have the day alone, in any order.
        #expect(
            text(dated.after(newest: newest - 1800, isWhole: false, now: newest))
                == "log/1/r/b/2026/02/27/2026-02-27-00-00-00")
    }

    @Test func foldersOfAccountsAreFoundWithoutListingEveryPlainFile() async throws {
        let logs = FakeLogBucket()
        for number in 0..<2500 { logs.put("log/" + LogText.name(Self.time + Int64(number)), "") }
        logs.put("log/203456789012/eu-west-1/my-bucket/2026/11/30/2026-11-30-00-00-00-A", "")
        logs.put("log/199956789012/eu-west-1/my-bucket/2026/11/30/2026-11-30-00-00-00-A", "")
        logs.put("log/notes/x", "")
        logs.put("log/README", "")
        var pass = LogPass(prefix: Self.prefix, bucket: Array("my-bucket".utf8))
        var accounts: [String] = []
        var after: [UInt8]?
        var token: String?
        var pages = 0
        repeat {
            let page = try await logs.list(
                prefix: Self.prefix, after: token == nil ? after : nil, token: token, delimiter: "/")
            let found = pass.look(at: page)
            accounts += found.accounts.map { String(decoding: $0, as: UTF8.self) }
            pages += 1
            token = found.after == nil ? page.next : nil
            after = found.after
        } while token != nil || after != nil
        #expect(accounts == ["log/199956789012/", "log/203456789012/"])
        #expect(pages <= 3)
        #expect(pass.words(place: "s3://logs/log/")?.contains("1 objects under s3://logs/log/ have no name") == true)
    }
}
