import FluxStores
import Glibc

/// Which lines of access logs are reads, how much of the object each of them is, and whose. Pure.
enum ReadRule {
    enum Meaning: Sendable, Hashable {
        /// Some of an object's content was read.
        case read
        /// It was copied: a read, unless onto itself, which is how a storage class is changed.
        case copySource
        /// It was made by a copy.
        case copyTarget
        case other
    }

    /// - Parameter bytes: what the line was read from.
    static func meaning(_ line: AccessLogLine, in bytes: UnsafeRawBufferPointer) -> Meaning {
        guard line.status == 200 || line.status == 206 else { return .other }
        if isNamed(line, bytes, "REST.COPY.OBJECT") { return .copyTarget }
        guard isRead(line, in: bytes) else { return .other }
        let isCopy = isNamed(line, bytes, "REST.COPY.OBJECT_GET") || isNamed(line, bytes, "REST.COPY.PART_GET")
        return isCopy ? .copySource : .read
    }

    /// Whether it tells of a read, as far as one line can say.
    static func isRead(_ line: AccessLogLine, in bytes: UnsafeRawBufferPointer) -> Bool {
        guard line.status == 200 || line.status == 206,
            reads.contains(where: { isNamed(line, bytes, $0) })
        else { return false }
        return !noReaders.contains { begins(bytes, line.userAgent, $0) }
    }

    /// How much of the object was given: 1 is all of it. A copy gives nothing away, and reads it whole.
    static func fullReads(_ line: AccessLogLine) -> Double {
        guard let size = line.objectSize, size > 0, let sent = line.bytesSent else { return 1 }
        return min(1, Double(sent) / Double(size))
    }

    /// Who it was, as one name for all that they do: a role's sessions are one, as each of a backup's nights has a session
    /// of its own. Those of people who sign in through IAM Identity Center are named after the person, and stay.
    static func requester(_ line: AccessLogLine, in bytes: UnsafeRawBufferPointer) -> String {
        let arn = String(decoding: bytes[line.requester], as: UTF8.self)
        if arn == "-" { return "anonymous:" + String(decoding: bytes[line.remoteIP], as: UTF8.self) }
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5].hasPrefix("assumed-role/") else { return arn }
        let path = parts[5].split(separator: "/")
        guard path.count >= 3, !path[1].hasPrefix("AWSReservedSSO_") else { return arn }
        return parts[..<5].joined(separator: ":") + ":assumed-role/" + path[1]
    }

    private static let reads = [
        "REST.GET.OBJECT", "WEBSITE.GET.OBJECT", "REST.SELECT.OBJECT", "REST.COPY.OBJECT_GET", "REST.COPY.PART_GET",
    ]
    /// How the user agents begin of ourselves, and of those that only ask whether the store still answers.
    private static let noReaders = [
        S3Client.userAgent, "ELB-HealthChecker/", "Amazon-Route53-Health-Check-Service", "kube-probe/", "GoogleHC/",
    ]

    private static func isNamed(_ line: AccessLogLine, _ bytes: UnsafeRawBufferPointer, _ name: String) -> Bool {
        line.operation.count == name.utf8.count && begins(bytes, line.operation, name)
    }

    private static func begins(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: String) -> Bool {
        let count = text.utf8.count
        guard range.count >= count else { return false }
        return bytes[range.lowerBound..<range.lowerBound + count].elementsEqual(text.utf8)
    }
}
