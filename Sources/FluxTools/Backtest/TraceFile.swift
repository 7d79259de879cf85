import FluxIngest
public import FluxTiering
import Glibc

/// Reads a trace: `NAME.csv` or `NAME.csv.gz` with a head and the columns `obj`, `day`, `reads`, and beside it, where it is
/// there, `NAME_objects.csv[.gz]` with `obj`, `kind`, `first_day`.
public enum TraceFile {
    /// Lines of one file.
    static let maximumLines = 50_000_000
    /// The last day of a trace: a century.
    static let maximumDay = 36_525
    private static let maximumLineBytes = 64 << 10

    /// - Throws: `ToolError` with code `file` where it cannot be read, or says something impossible.
    public static func read(_ path: String) throws(ToolError) -> ReadTrace {
        var numbers: [String: Int] = [:]
        var trace = ReadTrace(objects: [], days: 0)
        var isGiven: [Bool] = []
        func number(_ name: String) -> Int {
            if let known = numbers[name] { return known }
            numbers[name] = trace.objects.count
            trace.objects.append(ReadTrace.Object(kind: "", firstDay: .max))
            isGiven.append(false)
            return trace.objects.count - 1
        }
        if let companion = companion(of: path) {
            try rows(companion, ["obj", "kind", "first_day"]) { row throws(Wrong) in
                let day = try day(row[2])
                let place = number(row[0])
                trace.objects[place] = ReadTrace.Object(kind: row[1], firstDay: day)
                isGiven[place] = true
            }
        }
        try rows(path, ["obj", "day", "reads"]) { row throws(Wrong) in
            let day = try day(row[1])
            guard let reads = Double(row[2]), reads.isFinite, reads >= 0 else {
                throw Wrong("“\(row[2])” is no number of reads")
            }
            let place = number(row[0])
            trace.days = max(trace.days, day + 1)
            guard reads > 0 else { return }
            trace.objects[place].reads.append(ReadTrace.Day(day: day, reads: reads))
            if !isGiven[place] { trace.objects[place].firstDay = min(trace.objects[place].firstDay, day) }
        }
        for place in trace.objects.indices {
            trace.objects[place].reads.sort { $0.day < $1.day }
            // Not before it was there, whatever the companion says.
            if let first = trace.objects[place].reads.first {
                trace.objects[place].firstDay = min(trace.objects[place].firstDay, first.day)
            }
        }
        trace.objects.removeAll { $0.firstDay == .max }
        guard trace.objects.contains(where: { !$0.reads.isEmpty }) else {
            throw ToolError(.file, "\(path) holds no reads.")
        }
        return trace
    }

    /// What is wrong with a line.
    private struct Wrong: Error {
        var what: String
        init(_ what: String) { self.what = what }
    }

    private static func day(_ text: String) throws(Wrong) -> Int {
        guard let value = Double(text), value >= 0, value <= Double(maximumDay), value == value.rounded() else {
            throw Wrong("“\(text)” is no day from 0 to \(maximumDay)")
        }
        return Int(value)
    }

    /// `mods_objects.csv.gz` for `mods.csv.gz`; nil where it is not there.
    private static func companion(of path: String) -> String? {
        for ending in [".csv.gz", ".csv"] where path.hasSuffix(ending) {
            let other = path.dropLast(ending.count) + "_objects" + ending
            return access(String(other), R_OK) == 0 ? String(other) : nil
        }
        return nil
    }

    /// Gives the named columns of each line.
    private static func rows(
        _ path: String, _ columns: [String], _ body: ([String]) throws(Wrong) -> Void
    ) throws(ToolError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ToolError(.file, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes = InputBytes(descriptor)
        var lines = LineCutter(maximum: maximumLineBytes)
        var places: [Int] = []
        var number = 0
        var failure: String?
        func take(_ line: UnsafeRawBufferPointer?) {
            guard failure == nil else { return }
            number += 1
            guard let line else {
                failure = "line \(number) is longer than \(maximumLineBytes) bytes"
                return
            }
            guard number <= maximumLines else {
                failure = "it has more than \(maximumLines) lines"
                return
            }
            let fields = String(decoding: line, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
                .map(String.init)
            if number == 1 {
                places = columns.compactMap { fields.firstIndex(of: $0) }
                if places.count < columns.count {
                    failure = "its head must name the columns \(columns.joined(separator: ", "))"
                }
                return
            }
            guard fields.count > 1 || fields != [""] else { return }
            guard let last = places.max(), last < fields.count else {
                failure = "line \(number) has \(fields.count) fields"
                return
            }
            do throws(Wrong) {
                try body(places.map { fields[$0] })
            } catch {
                failure = "line \(number): \(error.what)"
            }
        }
        do throws(InputBytes.Failure) {
            try bytes.eachPiece { lines.feed($0, take) }
        } catch {
            failure = error == .cut ? "its end is missing" : "it is damaged"
        }
        lines.finish(take)
        if let failure { throw ToolError(.file, "\(path) is no trace: \(failure).") }
    }
}
