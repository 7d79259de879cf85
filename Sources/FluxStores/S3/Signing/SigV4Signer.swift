import Crypto
public import FluxEvents
import Foundation

/// Signs requests by AWS Signature Version 4 in the `Authorization` header.
///
/// Source: AWS, "Signature Version 4 for API requests" (IAM user guide) and "Authenticating Requests" (S3 API reference).
/// Pure: it knows no clock.
public struct SigV4Signer: Sendable {
    /// What the signature says of the body.
    public enum Payload: Sendable, Hashable {
        case bytes([UInt8])
        /// Its SHA-256, 64 hexadecimal digits, for a body that is not in memory.
        case sha256(String)
        /// Nothing. Only over TLS.
        case unsigned
        /// One of the names for bodies in chunks, such as `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
        case streaming(String)

        var text: String {
            switch self {
            case .bytes(let bytes): SigV4Signer.hex(SHA256.hash(data: bytes))
            case .sha256(let digits): digits
            case .unsigned: "UNSIGNED-PAYLOAD"
            case .streaming(let name): name
            }
        }
    }

    public var region: String
    /// `s3`, `sqs`, `sts`.
    public var service: String

    public init(region: String, service: String = "s3") {
        self.region = region
        self.service = service
    }

    /// On their way these are changed, or removed, by whoever passes the request on.
    private static let unsigned: Set<String> = [
        "baggage", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
        "traceparent",
        "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]
    private static let algorithm = "AWS4-HMAC-SHA256"

    /// Adds `X-Amz-Date`, for S3 `X-Amz-Content-SHA256`, with lent credentials `X-Amz-Security-Token`, and at last
    /// `Authorization`; what the request has under these names goes.
    ///
    /// - Parameter now: the time by the server's clock. It refuses one that is more than 15 minutes off.
    public func sign(
        _ request: inout AWSRequest, with credentials: AWSCredentials, payload: Payload, at now: Timestamp
    ) {
        let ours: Set = [
            "authorization", "date", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
        ]
        request.headers.removeAll { ours.contains($0.name.lowercased()) }
        let moment = Self.basicFormat(now)
        let digest = payload.text
        request.headers.append(.init("X-Amz-Date", moment))
        if service == "s3" { request.headers.append(.init("X-Amz-Content-SHA256", digest)) }
        if let token = credentials.sessionToken { request.headers.append(.init("X-Amz-Security-Token", token)) }

        let (names, lines) = canonicalHeaders(of: request)
        let canonical = [
            request.method, canonicalPath(of: request), canonicalQuery(of: request), lines, names, digest,
        ].joined(separator: "\n")
        let day = String(moment.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let hash = Self.hex(SHA256.hash(data: Data(canonical.utf8)))
        let wanted = [Self.algorithm, moment, scope, hash].joined(separator: "\n")
        let key = signingKey(credentials.secretAccessKey, day: day)
        let signature = Self.hex(HMAC<SHA256>.authenticationCode(for: Data(wanted.utf8), using: key))
        request.headers.append(
            .init(
                "Authorization",
                "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), "
                    + "Signature=\(signature)"))
    }

    private func signingKey(_ secret: String, day: String) -> SymmetricKey {
        [day, region, service, "aws4_request"].reduce(SymmetricKey(data: Data("AWS4\(secret)".utf8))) { key, part in
            SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
    }

    /// S3 signs the path as it goes out. All others sign it without `.`, `..` and empty names, and encoded once more.
    private func canonicalPath(of request: AWSRequest) -> String {
        if service == "s3" { return PercentCoding.encode(request.path, keeping: "/") }
        var names: [ArraySlice<UInt8>] = []
        for name in request.path.split(separator: 0x2F, omittingEmptySubsequences: true) {
            if name.elementsEqual("..".utf8) {
                _ = names.popLast()
            } else if !name.elementsEqual(".".utf8) {
                names.append(name)
            }
        }
        var path = names.map { "/" + PercentCoding.encode($0) }.joined()
        if request.path.last == 0x2F || path.isEmpty { path += "/" }
        return PercentCoding.encode(path, keeping: "/")
    }

    private func canonicalQuery(of request: AWSRequest) -> String {
        let encoded = request.query.map { (PercentCoding.encode($0.name), PercentCoding.encode($0.value)) }
        // By bytes, and not as text is sorted.
        let sorted = encoded.sorted { one, other in
            one.0 == other.0
                ? one.1.utf8.lexicographicallyPrecedes(other.1.utf8)
                : one.0.utf8.lexicographicallyPrecedes(other.0.utf8)
        }
        return sorted.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// The names that are signed, and their lines, with an empty one behind them.
    private func canonicalHeaders(of request: AWSRequest) -> (names: String, lines: String) {
        var values: [String: [String]] = ["host": [request.host]]
        for header in request.headers {
            let name = header.name.lowercased()
            if Self.unsigned.contains(name) { continue }
            let words = header.value.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
            values[name, default: []].append(words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
        }
        let names = values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let lines = names.map { "\($0):\(values[$0, default: []].joined(separator: ","))\n" }
        return (names.joined(separator: ";"), lines.joined())
    }

    /// `20130524T000000Z`.
    static func basicFormat(_ time: Timestamp) -> String {
        time.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] { text.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
