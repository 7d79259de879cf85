import FluxEvents

/// Where a bucket is, and how it is addressed. Pure.
public struct S3Bucket: Sendable, Hashable {
    public var name: String
    public var region: String
    /// Of a service that is not AWS; nil: AWS, by the region.
    public var endpoint: AWSEndpoint?
    /// Whether the bucket stands in the path and not in the host's name.
    public var isPathStyle: Bool

    /// - Parameter isPathStyle: nil: as it has to be. AWS is asked by host name, but for old buckets
    ///   whose name is no part of a host's, or has a dot, which no certificate covers; others by path, which all of them understand.
    public init(name: String, region: String, endpoint: AWSEndpoint? = nil, isPathStyle: Bool? = nil) {
        self.name = name
        self.region = region
        self.endpoint = endpoint
        self.isPathStyle = isPathStyle ?? (endpoint != nil || !Self.isLabel(name))
    }

    /// The service, without the bucket.
    public var service: AWSEndpoint {
        endpoint ?? AWSEndpoint(secureHost: "s3.\(region).\(AWSPartition.of(region).suffix)")
    }

    /// Whether requests cost nothing that we know of: the service is not AWS.
    public var isFree: Bool { endpoint.map { !AWSPartition.isAWS(host: $0.host) } ?? false }

    /// A request for the bucket or an object in it.
    public func request(
        _ method: String = "GET", key: [UInt8] = [], query: [AWSRequest.Parameter] = [],
        headers: [AWSRequest.Header] = []
    ) -> AWSRequest {
        let service = service
        let host = isPathStyle ? service.host : "\(name).\(service.host)"
        let path = service.path + (isPathStyle ? "/\(name)" : "")
        // A bucket by path has no slash behind it, but for its objects.
        let rest: [UInt8] = key.isEmpty && isPathStyle ? [] : [0x2F] + key
        return AWSRequest(
            method: method, host: service.hostHeader(of: host), path: Array(path.utf8) + rest, query: query,
            headers: headers)
    }

    /// Whether a name can stand in a host's, and is covered by the service's certificate there.
    private static func isLabel(_ name: String) -> Bool {
        name.utf8.count <= 63
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    /// What AWS allows as a bucket's name today, and what older buckets of us-east-1 and other services have beyond it.
    ///
    /// Source: Amazon S3 User Guide, "General purpose bucket naming rules".
    public static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        let isPlain = bytes.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
            default: false
            }
        }
        return (3...255).contains(bytes.count) && isPlain && !text.contains("..") && bytes.first != UInt8(ascii: ".")
    }
}
