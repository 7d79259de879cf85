import FluxEvents

/// A request to an AWS service before it is signed: what stands in it decoded, byte for byte.
public struct AWSRequest: Sendable, Hashable {
    /// A header; names may repeat.
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A parameter; without a value it is written with an empty one.
    public struct Parameter: Sendable, Hashable {
        public var name: [UInt8]
        public var value: [UInt8]

        public init(_ name: String, _ value: String = "") {
            self.init(bytes: Array(name.utf8), Array(value.utf8))
        }

        public init(bytes name: [UInt8], _ value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    public var method: String
    /// `host` or `host:port`, as the `Host` header has it: without the port that the scheme implies.
    public var host: String
    /// Decoded, with the slash it begins with. A key may hold any bytes.
    public var path: [UInt8]
    public var query: [Parameter]
    public var headers: [Header]

    public init(
        method: String = "GET", host: String, path: [UInt8], query: [Parameter] = [], headers: [Header] = []
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// Path and query as they go out: everything but unreserved characters (RFC 3986, 2.3), and slashes in the path, is
    /// written as `%XX`. This is also what is signed.
    public var target: String {
        var text = PercentCoding.encode(path, keeping: "/")
        guard !query.isEmpty else { return text }
        text += "?"
        text += query.map { PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value) }.joined(
            separator: "&")
        return text
    }
}

extension AWSRequest.Header: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without its value where that lets somebody else ask in our name.
    public var description: String {
        ["authorization", "x-amz-security-token"].contains(name.lowercased()) ? "\(name): …" : "\(name): \(value)"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
