import FluxStores
import Glibc

extension AccessLogLine {
    /// What a line says of its object, as far as reads are concerned.
    public enum Meaning: Sendable, Hashable {
        /// Some of its content was read.
        case read
        /// It was copied. A read, unless the copy went onto the object itself, which is how a storage class is changed.
        case copySource
        /// It was made by a copy.
        case copyTarget
        /// It was written.
        case write
        /// Nothing that counts: a HEAD, a list, something refused, a probe, a request of our own.
        case other
    }

    /// - Parameter line: what the line was read from.
    public func meaning(in line: UnsafeRawBufferPointer) -> Meaning {
        guard let status, (200...299).contains(status), key.count > 1 || !isDash(key, line) else { return .other }
        func isNamed(_ name: StaticString) -> Bool { Self.equal(line, operation, name) }
        if isNamed("REST.GET.OBJECT") || isNamed("WEBSITE.GET.OBJECT") || isNamed("REST.SELECT.OBJECT") {
            return (status == 200 || status == 206) && !isOfNoInterest(line) ? .read : .other
        }
        if isNamed("REST.COPY.OBJECT_GET") || isNamed("REST.COPY.PART_GET") {
            return isOfNoInterest(line) ? .other : .copySource
        }
        if isNamed("REST.COPY.OBJECT") || isNamed("REST.COPY.PART") { return .copyTarget }
        if isNamed("REST.PUT.OBJECT") || isNamed("REST.POST.OBJECT") || isNamed("REST.POST.UPLOAD") {
            return .write
        }
        return .other
    }

    /// How much of the object was given: 1 is all of it. What was broken off, and parts, count by their bytes.
    public var fullReads: Double {
        guard let objectSize, objectSize > 0, let bytesSent else { return 1 }
        return min(1, Double(bytesSent) / Double(objectSize))
    }

    /// How the user agents begin of ourselves, and of those that only ask whether the store still answers.
    static let noReaders: [StaticString] = [
        S3Client.userAgent, "ELB-HealthChecker/", "Amazon-Route53-Health-Check-Service", "kube-probe/", "GoogleHC/",
        "Blackbox Exporter/",
    ]

    private func isOfNoInterest(_ line: UnsafeRawBufferPointer) -> Bool {
        Self.noReaders.contains { Self.begins(line, userAgent, $0) }
    }

    private func isDash(_ range: Range<Int>, _ line: UnsafeRawBufferPointer) -> Bool {
        range.count == 1 && line[range.lowerBound] == UInt8(ascii: "-")
    }

    private static func begins(_ line: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count >= text.utf8CodeUnitCount, let base = line.baseAddress else { return false }
        return memcmp(base + range.lowerBound, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    private static func equal(_ line: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && begins(line, range, text)
    }
}

/// Who made a request, as one name for all that it does.
public enum AccessRequester {
    /// - Parameters:
    ///   - text: the line's requester: an ARN, a canonical user id, or `-`.
    ///   - remoteIP: who it was where nobody signed in.
    public static func name(_ text: some Collection<UInt8>, remoteIP: some Collection<UInt8>) -> String {
        let text = String(decoding: text, as: UTF8.self)
        if text == "-" { return "anonymous:" + String(decoding: remoteIP, as: UTF8.self) }
        return withoutSession(text)
    }

    /// A role's sessions are one: each of a backup's nights has a name of its own. Those of people who sign in through
    /// IAM Identity Center are named after the person, and stay.
    private static func withoutSession(_ arn: String) -> String {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5].hasPrefix("assumed-role/") else { return arn }
        let path = parts[5].split(separator: "/")
        guard path.count >= 3, !path[1].hasPrefix("AWSReservedSSO_") else { return arn }
        return parts[..<5].joined(separator: ":") + ":assumed-role/" + path[1]
    }
}
