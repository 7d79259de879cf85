import Testing

@testable import FluxStores

@Suite struct S3URLTests {
    @Test func aBucketIsAStore() throws {
        let url = try StoreURL(
            "s3://Reports.2026/a%20b/?region=eu-central-1&endpoint=http://127.0.0.1:9000&interval=5m")
        #expect(url.bucket == "Reports.2026")
        #expect(url.prefix == "a b/")
        #expect(url.source == "s3://Reports.2026/a%20b/")
        #expect(try StoreURL(url.description) == url)
        let options = try S3Options(url: url)
        #expect(options.region == "eu-central-1")
        #expect(options.endpoint?.origin == "http://127.0.0.1:9000")
        #expect(options.interval == .seconds(300))
        #expect(try StoreURL("s3://abc").source == "s3://abc")
        #expect(try StoreURL("s3://abc/").source == "s3://abc")
        #expect(try StoreURL("s3://abc").id == StoreURL("s3://abc/?region=us-east-1").id)
        #expect(try StoreURL("s3://abc").overlaps(StoreURL("s3://abc/x")))
        #expect(try !StoreURL("s3://abc").overlaps(StoreURL("s3://abd")))
        #expect(try !StoreURL("s3://tmp").overlaps(StoreURL("file:///tmp")))
    }

    @Test(arguments: [
        "s3://", "s3:///key", "s3://ab", "s3://a b", "s3://a..b", "s3://.abc", "s3://abc/%zz", "s3://abc#x",
        "s3://user@abc",
        "s3://abc:9000", "s3://abc/%00",
    ])
    func whatIsNone(_ text: String) {
        #expect(throws: StoreError.self) { try StoreURL(text) }
    }

    @Test(arguments: [
        "region=EU", "region=", "endpoint=localhost:9000", "endpoint=http://", "endpoint=http://a:0",
        "endpoint=http://a:70000",
        "endpoint=http://[::1", "endpoint=http://::1", "endpoint=http://u@h", "endpoint=ftp://h", "style=dns",
        "interval=10ms",
        "interval=often", "regoin=x", "access-logs=abc", "access-logs=file:///abc",
        "access-logs=s3://abc%3Finterval=5m", "style=virtual&endpoint=http://127.0.0.1:9",
    ])
    func aWrongParameterIsRefused(_ text: String) throws {
        let url = try StoreURL("s3://abc?\(text)")
        #expect(throws: StoreError.self) { try S3Options(url: url) }
    }

    @Test func accessLogsAreReachedLikeTheStoreUnlessTheySayHow() throws {
        let text = "s3://abc?region=eu-west-1&profile=ops&interval=5m&access-logs=s3://logs/a%20b/"
        let url = try StoreURL(text)
        let logs = try #require(try S3Options(url: url).accessLogs)
        #expect(logs.bucket == "logs" && logs.prefix == "a b/")
        #expect(logs.values("region") == ["eu-west-1"] && logs.values("profile") == ["ops"])
        #expect(logs.values("interval").isEmpty)
        #expect(try StoreURL(url.description) == url)
        let own = try StoreURL(
            "s3://abc?profile=ops&access-logs=s3%3A%2F%2Flogs%2Fp%3Fregion%3Dus-west-2%26style%3Dpath")
        let there = try #require(try S3Options(url: own).accessLogs)
        #expect(there.prefix == "p" && there.values("region") == ["us-west-2"] && there.values("profile").isEmpty)
        #expect(try StoreURL(own.description) == own)
        #expect(try S3Options(url: StoreURL("s3://abc")).accessLogs == nil)
    }

    @Test func howABucketIsAddressed() throws {
        let aws = S3Bucket(name: "abc", region: "eu-west-1").request(key: Array("a b".utf8))
        #expect(aws.host == "abc.s3.eu-west-1.amazonaws.com")
        #expect(aws.target == "/a%20b")
        #expect(S3Bucket(name: "abc", region: "cn-north-1").service.host == "s3.cn-north-1.amazonaws.com.cn")
        let dotted = S3Bucket(name: "a.b", region: "us-east-1").request()
        #expect(dotted.host == "s3.us-east-1.amazonaws.com")
        #expect(dotted.target == "/a.b")
        #expect(S3Bucket(name: "My_Old_Bucket", region: "us-east-1").request().target == "/My_Old_Bucket")
        #expect(AWSPartition.isAWS(host: "bucket.vpce-1.s3.us-west-2.vpce.amazonaws.com"))
        #expect(AWSPartition.isAWS(host: "s3.dualstack.cn-north-1.amazonaws.com.cn"))
        #expect(!AWSPartition.isAWS(host: "notamazonaws.com") && !AWSPartition.isAWS(host: "127.0.0.1"))
        let other = S3Bucket(name: "abc", region: "x", endpoint: try? AWSEndpoint("https://Host:9000/base/"))
        #expect(other.request(key: [0xFF]).host == "host:9000")
        #expect(other.request(key: [0xFF]).target == "/base/abc/%FF")
        let virtual = S3Bucket(name: "abc", region: "x", endpoint: try? AWSEndpoint("http://host"), isPathStyle: false)
        #expect(virtual.request().host == "abc.host")
        #expect(virtual.request().target == "/")
        #expect(try AWSEndpoint("http://[FD00::1]:80").hostHeader == "[fd00::1]")
    }

    @Test func noSecretIsShownOfAWrongAddress() {
        for text in ["https://user:hunter2@host", "http://host/?token=hunter2", "ftp://user:hunter2@host?x=hunter2"] {
            do {
                _ = try AWSEndpoint(text)
                Issue.record("\(text) was taken")
            } catch {
                #expect(!"\(error)".contains("hunter2"), "\(error)")
            }
        }
    }

    @Test func aQueueNamesItsRegion() {
        #expect(SQSQueue.region(of: "sqs.eu-west-1.amazonaws.com") == "eu-west-1")
        #expect(SQSQueue.region(of: "eu-west-1.queue.amazonaws.com") == "eu-west-1")
        #expect(SQSQueue.region(of: "127.0.0.1") == nil)
        #expect(SQSQueue.region(of: "sqs.example.com") == nil)
    }
}
