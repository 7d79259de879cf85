/// The parts of AWS that share nothing, by the names of their regions.
///
/// Source: botocore 1.44, `data/partitions.json`.
public struct AWSPartition: Sendable, Hashable {
    /// As in `arn:aws:…`.
    public var name: String
    /// What hosts end in.
    public var suffix: String

    /// The one that a region is in; `aws` for one that is not known.
    public static func of(_ region: String) -> AWSPartition {
        for (prefix, name, suffix) in prefixes where region.hasPrefix(prefix) {
            return AWSPartition(name: name, suffix: suffix)
        }
        return AWSPartition(name: "aws", suffix: "amazonaws.com")
    }

    /// Whether a host is one of AWS, by whatever name: a region's, a private or dual-stack one.
    public static func isAWS(host: String) -> Bool {
        (prefixes.map(\.2) + ["amazonaws.com", "api.aws"]).contains { host == $0 || host.hasSuffix("." + $0) }
    }

    private static let prefixes = [
        ("cn-", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-", "aws-us-gov", "amazonaws.com"),
        ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
        ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
        ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
        ("us-iso-", "aws-iso", "c2s.ic.gov"),
        ("eusc-", "aws-eusc", "amazonaws.eu"),
    ]
}
