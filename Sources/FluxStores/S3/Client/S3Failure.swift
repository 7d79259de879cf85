import FluxEvents
import NIOCore

/// An answer that is no success, as the service gave it.
struct S3Failure: Sendable, Hashable {
    var status: Int
    /// `NoSuchBucket`; nil where the answer has none.
    var code: String?
    var message: String?
    /// The region that the service says is the right one. It becomes part of a host's name: nothing but a region's letters.
    var region: String?
    /// The service's own time, where a clock is said to be wrong.
    var serverTime: String?

    /// The longest error that is read (bytes).
    static let maximumBytes = 64 << 10

    init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        region = header("x-amz-bucket-region").flatMap { S3Options.isRegion($0) ? $0 : nil }
        guard !body.isEmpty else {
            // A HEAD has no body; a few codes stand in a header.
            code = header("x-amz-error-code")
            return
        }
        if body.first == UInt8(ascii: "{"), let json = try? JSONDocument.parse(ByteBuffer(bytes: body)).root {
            // `com.amazonaws.sqs#QueueDoesNotExist`
            code = (json["__type"]?.string).flatMap {
                $0.split(separator: "#").last.map { Complaint.oneLine(Array($0.utf8), limit: 64) }
            }
            message = (json["message"]?.string ?? json["Message"]?.string).map { Complaint.oneLine(Array($0.utf8)) }
            return
        }
        do throws(XMLReader.Failure) {
            let fields = try XMLFields.read(body)
            code = fields["Code"].map { Complaint.oneLine(Array($0.utf8), limit: 64) }
            message = fields["Message"].map { Complaint.oneLine(Array($0.utf8)) }
            region = region ?? fields["Region"].flatMap { S3Options.isRegion($0) ? $0 : nil }
            serverTime = fields["ServerTime"]
        } catch {
            message = error.description
        }
    }
}

extension S3Failure {
    /// What failed, on what, why, and what to do now: one sentence or two.
    ///
    /// - Parameters:
    ///   - doing: `list it`.
    ///   - permission: what IAM calls it: `s3:ListBucket`.
    func error(doing: String, permission: String, bucket: S3Bucket, who: FoundCredentials?) -> StoreError {
        let service = bucket.service.withoutSlash
        return error(
            doing: doing, permission: permission, place: "bucket “\(bucket.name)” at \(service)", service: service,
            region: bucket.region, who: who)
    }

    func error(
        doing: String, permission: String, place: String, service: String, region used: String?, who: FoundCredentials?
    ) -> StoreError {
        let source = who.map { " (credentials from \($0.source))" } ?? ""
        switch code {
        case "NoSuchBucket":
            return StoreError(
                code: .notFound, message: "There is no \(place); look at the bucket's name and at the endpoint.")
        case "NoSuchKey", "NoSuchVersion":
            return StoreError(code: .notFound, message: "The object is not in \(place) any more.")
        case "InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException":
            return StoreError(
                code: .denied,
                message: "The access key is not known at \(service)\(source); look whether the key "
                    + "belongs to this service and was not deleted.")
        case "SignatureDoesNotMatch":
            return StoreError(
                code: .denied,
                message: "The secret key does not fit the access key\(source); set it again.")
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            return StoreError(
                code: .denied, message: "The session token has expired or is not valid\(source); get new credentials.")
        case "RequestTimeTooSkewed", "RequestExpired":
            return StoreError(
                code: .denied,
                message: "This machine's clock and the service's differ by more than 15 minutes; set the clock (NTP).")
        case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
            "TemporaryRedirect":
            let hint = region.map { "it is in \($0): write region=\($0)" } ?? "write its region as region=…"
            return StoreError(
                code: .badParameter, message: "The \(place) is not in the region \(used ?? "that was asked"); \(hint).")
        default: break
        }
        switch status {
        case 403, 401:
            return StoreError(
                code: .denied,
                message:
                    "The \(place) does not let us \(doing)\(source): \(reason); allow \(permission) in its policy or "
                    + "the user's.")
        case 404:
            return StoreError(
                code: .notFound,
                message: "There is nothing to \(doing) in \(place) (\(reason)); look at the name and at the endpoint.")
        case 301, 302, 307, 308:
            let hint = region.map { "it is in \($0): write region=\($0)" } ?? "write its region as region=…"
            return StoreError(code: .badParameter, message: "The \(place) is elsewhere; \(hint).")
        case 500...:
            return StoreError(
                code: .unreachable,
                message: "The service of \(place) failed to \(doing) (\(reason)); it is tried again later.")
        default:
            return StoreError(
                code: .refused, message: "The service of \(place) refused to \(doing) (\(reason)).")
        }
    }

    var reason: String {
        let words = [code, message].compactMap { $0 }.joined(separator: ": ")
        return words.isEmpty ? "status \(status)" : words
    }
}
