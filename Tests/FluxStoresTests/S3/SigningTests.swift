import FluxEvents
import Foundation
import Testing

@testable import FluxStores

/// `conformance/clouds/signing` lets botocore's signer judge thousands more.
@Suite struct SigningTests {
    // "Authenticating Requests: Using the Authorization Header", Amazon S3 API reference: its key, secret and examples.
    static let example = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    static let time = Timestamp(milliseconds: 1_369_353_600_000)
    static let host = "examplebucket.s3.amazonaws.com"

    private func signature(_ request: AWSRequest, _ payload: SigV4Signer.Payload = .bytes([])) throws -> String {
        var request = request
        SigV4Signer(region: "us-east-1").sign(&request, with: Self.example, payload: payload, at: Self.time)
        let header = try #require(request.headers.last)
        #expect(header.name == "Authorization")
        return try #require(header.value.split(separator: "Signature=").last.map(String.init))
    }

    @Test func anObjectIsRead() throws {
        let request = AWSRequest(host: Self.host, path: Array("/test.txt".utf8), headers: [.init("Range", "bytes=0-9")])
        #expect(try signature(request) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func aParameterWithoutValueIsSigned() throws {
        let request = AWSRequest(host: Self.host, path: Array("/".utf8), query: [.init("lifecycle")])
        #expect(try signature(request) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    }

    @Test func objectsAreListed() throws {
        let request = AWSRequest(
            host: Self.host, path: Array("/".utf8), query: [.init("max-keys", "2"), .init("prefix", "J")])
        #expect(try signature(request) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test func whatIsSentIsWhatIsSigned() {
        let request = AWSRequest(
            host: Self.host, path: [0x2F, 0xFF, 0x20, 0x2B, 0x2F, 0x7E],
            query: [.init("a b", "c+d/é"), .init("list-type", "2")])
        #expect(request.target == "/%FF%20%2B/~?a%20b=c%2Bd%2F%C3%A9&list-type=2")
    }

    @Test func signingAgainReplacesWhatWasThere() {
        let signer = SigV4Signer(region: "eu-central-1")
        var lent = Self.example
        lent.sessionToken = "token"
        var once = AWSRequest(host: Self.host, path: Array("/a".utf8))
        signer.sign(&once, with: lent, payload: .unsigned, at: Self.time)
        var twice = once
        signer.sign(&twice, with: lent, payload: .unsigned, at: Self.time)
        #expect(once == twice)
        #expect(
            once.headers.map(\.name) == ["X-Amz-Date", "X-Amz-Content-SHA256", "X-Amz-Security-Token", "Authorization"])
        // Credentials that last have no token; the lent ones' does not stay behind.
        signer.sign(&twice, with: Self.example, payload: .unsigned, at: Self.time)
        #expect(!twice.headers.contains { $0.name == "X-Amz-Security-Token" })
    }

    @Test func secretsAreInNoDescription() {
        var credentials = Self.example
        credentials.sessionToken = "sessionsecret"
        var dumped = ""
        dump(credentials, to: &dumped)
        var request = AWSRequest(host: Self.host, path: [0x2F])
        SigV4Signer(region: "us-east-1").sign(&request, with: credentials, payload: .unsigned, at: Self.time)
        dump(request, to: &dumped)
        #expect(!dumped.contains("Signature="))
        #expect(!"\(request)".contains("Signature=") && !"\(request.headers)".contains("sessionsecret"))
        for text in ["\(credentials)", String(reflecting: credentials), dumped, "\(Optional(credentials) as Any)"] {
            #expect(!text.contains("wJalr") && !text.contains("sessionsecret"), "\(text)")
        }
    }

    // MARK: For the judge

    private struct Case: Decodable {
        struct Pair: Decodable {
            var name: String
            var value: String
        }
        var method: String
        var host: String
        /// In base64.
        var path: String
        var query: [Pair]
        var headers: [Pair]
        var region: String
        var service: String
        var key: String
        var secret: String
        var token: String?
        /// In base64; nil where `digest` says what is signed in its place.
        var body: String?
        var digest: String?
        var milliseconds: Int64
    }

    private struct Signed: Encodable {
        var target: String
        var authorization: String
    }

    /// Signs what `conformance/clouds/signing/judge.py` has thought of.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["FLUX_SIGNING_IN"] != nil))
    func signsForTheJudge() throws {
        let environment = ProcessInfo.processInfo.environment
        let input = try #require(environment["FLUX_SIGNING_IN"])
        let output = try #require(environment["FLUX_SIGNING_OUT"])
        var lines = Data()
        for line in try Data(contentsOf: URL(filePath: input)).split(separator: 0x0A) {
            let one = try JSONDecoder().decode(Case.self, from: Data(line))
            func bytes(_ text: String) throws -> [UInt8] { Array(try #require(Data(base64Encoded: text))) }
            var request = AWSRequest(
                method: one.method, host: one.host, path: try bytes(one.path),
                query: try one.query.map { .init(bytes: try bytes($0.name), try bytes($0.value)) },
                headers: one.headers.map { .init($0.name, $0.value) })
            let payload: SigV4Signer.Payload =
                switch one.digest {
                case "UNSIGNED-PAYLOAD"?: .unsigned
                case let digest? where digest.hasPrefix("STREAMING-"): .streaming(digest)
                case let digest?: .sha256(digest)
                case nil: .bytes(try bytes(one.body ?? ""))
                }
            SigV4Signer(region: one.region, service: one.service).sign(
                &request,
                with: AWSCredentials(accessKeyID: one.key, secretAccessKey: one.secret, sessionToken: one.token),
                payload: payload, at: Timestamp(milliseconds: one.milliseconds))
            let authorization = try #require(request.headers.last { $0.name == "Authorization" })
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes]
            lines += try encoder.encode(Signed(target: request.target, authorization: authorization.value))
            lines.append(0x0A)
        }
        try lines.write(to: URL(filePath: output))
    }
}
