import Foundation
import Glibc
import Logging

/// What ends a part, in words.
struct BenchError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Only what is wrong may be said here: standard output belongs to the results.
let quiet: Logger = {
    var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    return logger
}()

/// One result, a JSON object on a line of its own.
func tell(_ result: [String: Double]) {
    let fields = result.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
    print("{\(fields.joined(separator: ", "))}")
    fflush(nil)
}

enum Bench {
    static func seconds(_ duration: Duration) -> Double {
        let (whole, rest) = duration.components
        return Double(whole) + Double(rest) * 1e-18
    }

    /// CPU seconds of this process, user and system.
    static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    static func fileSize(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
