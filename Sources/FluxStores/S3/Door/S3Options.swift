import FluxEvents

/// How a bucket is watched: the parameters of an `s3://` URL.
public struct S3Options: Sendable, Hashable {
    public var region: String?
    /// Of a service that is not AWS.
    public var endpoint: AWSEndpoint?
    /// Nil: as it has to be.
    public var isPathStyle: Bool?
    /// A profile of the AWS command line, before that of the environment.
    public var profile: String?
    /// How often the bucket is listed; nil: as the budget allows.
    public var interval: Duration?
    /// The URL of the queue that gets the bucket's notifications.
    public var events: String?
    /// Where the bucket's access logs are delivered to, with the parameters that say how that bucket is reached.
    public var accessLogs: StoreURL?
    /// Where CloudTrail delivers the bucket's data events to, with such parameters.
    public var cloudTrail: StoreURL?

    /// The parameters of this version.
    public static let parameterNames = [
        "region", "endpoint", "style", "profile", "interval", "events", "access-logs", "cloudtrail",
    ]
    /// The shortest interval that may be asked for.
    public static let minimumInterval = Duration.seconds(1)

    /// Reads the parameters:
    ///
    /// - `region=eu-central-1`: else that of the environment or profile; a wrong one is put right by the service's answer.
    /// - `endpoint=https://host:port`: a service that speaks S3 and is not AWS.
    /// - `style=path|virtual`: whether the bucket stands in the path or in the host's name.
    /// - `profile=NAME`: of `~/.aws/config` and `~/.aws/credentials`.
    /// - `interval=60s`: list so often, whatever that costs.
    /// - `events=https://sqs.eu-central-1.amazonaws.com/123456789012/name`: take the bucket's notifications from there.
    /// - `access-logs=s3://bucket/prefix`: read the bucket's access logs there.
    /// - `cloudtrail=s3://bucket/prefix`: read its data events there (what stands before `AWSLogs/`).
    public init(url: StoreURL) throws(StoreError) {
        for parameter in url.parameters where !Self.parameterNames.contains(parameter.name) {
            let nearest = Suggestion.nearest(to: parameter.name, among: Self.parameterNames)
            throw StoreError(
                code: .badParameter,
                message: "An S3 store has no parameter “\(parameter.name)”;"
                    + (nearest.map { " did you mean “\($0)”?" } ?? "")
                    + " it has \(Self.parameterNames.joined(separator: ", ")).")
        }
        region = url.values("region").last
        if let region, !Self.isRegion(region) {
            throw StoreError(
                code: .badParameter, message: "region=\(region.prefix(64)) is no region; write it like eu-central-1.")
        }
        endpoint = nil
        if let text = url.values("endpoint").last { endpoint = try AWSEndpoint(text) }
        profile = url.values("profile").last
        switch url.values("style").last {
        case nil: isPathStyle = nil
        case "path": isPathStyle = true
        case "virtual": isPathStyle = false
        case .some(let other):
            throw StoreError(
                code: .badParameter, message: "style=\(other) is neither style=path nor style=virtual.")
        }
        if isPathStyle == false, endpoint?.isAddress == true {
            throw StoreError(
                code: .badParameter,
                message: "style=virtual puts the bucket before the endpoint's name, and an address has none.")
        }
        events = url.values("events").last
        accessLogs = try Self.logPlace(of: url, parameter: "access-logs")
        cloudTrail = try Self.logPlace(of: url, parameter: "cloudtrail")
        interval = try StoreURL.interval(in: url, atLeast: Self.minimumInterval)
    }

    static func isRegion(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 63
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}
