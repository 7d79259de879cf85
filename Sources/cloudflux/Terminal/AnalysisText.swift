import FluxEvents
import FluxTiering
import FluxTools
import NIOCore

/// Shows what access logs tell.
enum AnalysisText {
    // MARK: For people

    static func print(_ analysis: AccessAnalysis, top: Int) throws {
        let totals = analysis.totals
        if let span = totals.span {
            try Terminal.output("\(span.lowerBound.rfc3339) to \(span.upperBound.rfc3339)")
        }
        try Terminal.output(
            "\(count(totals.reads, "read")) of \(count(Int64(analysis.items.count { $0.reads > 0 }), "object")) by "
                + "\(count(Int64(totals.requesters), "requester")), \(EventLine.bytes(totals.bytes)) sent")
        let rest = totals.reads - totals.scanReads
        if totals.scanReads > 0 {
            try Terminal.output("\(totals.scanReads) of them by scans, which heat nothing: \(rest) count")
        }
        if totals.neverRead > 0 {
            try Terminal.output("\(count(Int64(totals.neverRead), "object")) not read")
        }
        var notes: [String] = []
        if totals.duplicates > 0 { notes.append("\(totals.duplicates) told twice") }
        if totals.unreadable > 0 { notes.append("\(totals.unreadable) cannot be read") }
        try Terminal.output(
            count(Int64(totals.lines + totals.unreadable), "line") + (notes.isEmpty ? "" : ", ")
                + notes.joined(separator: ", "))
        try temperatures(analysis)
        try scans(analysis, top: top)
        let items = analysis.byHeat
        try objects("HOTTEST", Array(items.prefix(top)))
        // What is named as hot is not named again.
        try objects("COLDEST", Array(items.dropFirst(top).suffix(top).reversed()))
    }

    private static func count(_ number: Int64, _ name: String) -> String {
        "\(number) \(name)\(number == 1 ? "" : "s")"
    }

    private static func temperatures(_ analysis: AccessAnalysis) throws {
        guard !analysis.items.isEmpty else { return }
        try Terminal.output("")
        let rows = Temperature.allCases.compactMap { temperature -> [String]? in
            let members = analysis.items.filter { $0.temperature == temperature }
            guard !members.isEmpty else { return nil }
            return [
                temperature.rawValue, String(members.count), String(members.reduce(0) { $0 + $1.reads }),
                EventLine.bytes(members.reduce(0) { $0 &+ $1.bytes }),
            ]
        }
        try Terminal.table(["TEMPERATURE", "OBJECTS", "READS", "SENT"], rows, right: [1, 2, 3])
    }

    private static func scans(_ analysis: AccessAnalysis, top: Int) throws {
        guard !analysis.scans.isEmpty, top > 0 else { return }
        try Terminal.output("")
        let rows = analysis.scans.prefix(top).map { scan in
            [
                Terminal.printable(scan.requester),
                Terminal.printable(scan.bucket + "/" + String(decoding: scan.prefix, as: UTF8.self)), scan.firstDay,
                scan.firstDay == scan.lastDay ? "" : scan.lastDay, String(scan.objects), String(scan.reads),
            ]
        }
        try Terminal.table(["SCAN BY", "OF", "FROM", "TO", "OBJECTS", "READS"], rows, right: [4, 5])
    }

    private static func objects(_ title: String, _ items: [AccessAnalysis.Item]) throws {
        guard !items.isEmpty else { return }
        try Terminal.output("")
        let rows = items.map { item in
            [
                Terminal.printable(item.bucket + "/" + String(decoding: item.key, as: UTF8.self)),
                item.temperature.rawValue, percent(item.confidence), percent(item.chance), String(item.reads),
                item.scanReads > 0 ? String(item.scanReads) : "", item.last?.rfc3339 ?? "–",
            ]
        }
        try Terminal.table(
            [title, "TEMPERATURE", "SURE", "READ IN 30 DAYS", "READS", "BY SCANS", "LAST READ"], rows,
            right: [2, 3, 4, 5])
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    // MARK: For machines

    static func json(_ analysis: AccessAnalysis) throws {
        var lines = ByteBuffer()
        for item in analysis.items {
            var out = JSONWriter()
            out.object { out in
                out.field("bucket", item.bucket)
                name("file_name", item.key, &out)
                out.field("access_count", item.reads)
                out.field("scan_reads", item.scanReads)
                out.field("bytes_read", item.bytes)
                out.field("requesters", Int64(item.requesters))
                out.field("first_access", item.first)
                out.field("last_access", item.last)
                if let size = item.size { out.field("size_bytes", size) }
                if let name = item.storageClass { out.field("storage_class", name) }
                out.field("data_temperature", item.temperature.rawValue)
                out.key("confidence")
                out.double(rounded(item.confidence))
                out.key("chance_30_days")
                out.double(rounded(item.chance))
            }
            lines.writeImmutableBuffer(out.buffer)
            lines.writeStaticString("\n")
            if lines.readableBytes > 1 << 20 {
                try Terminal.output(lines)
                lines.clear()
            }
        }
        try Terminal.output(lines)
        try Terminal.output(summary(analysis))
    }

    private static func summary(_ analysis: AccessAnalysis) -> String {
        let totals = analysis.totals
        var out = JSONWriter()
        out.object { out in
            out.key("summary")
            out.object { out in
                out.field("objects", Int64(analysis.items.count))
                out.field("access_count", totals.reads)
                out.field("scan_reads", totals.scanReads)
                out.field("bytes_read", totals.bytes)
                out.field("requesters", Int64(totals.requesters))
                out.field("objects_not_read", Int64(totals.neverRead))
                if let span = totals.span {
                    out.field("from", span.lowerBound)
                    out.field("through", span.upperBound)
                }
                out.field("files", Int64(totals.files))
                out.field("lines", Int64(totals.lines))
                out.field("inventory_lines", Int64(totals.listed))
                out.field("duplicate_lines", Int64(totals.duplicates))
                out.field("unreadable_lines", Int64(totals.unreadable))
                out.key("temperatures")
                out.object { out in
                    for temperature in Temperature.allCases {
                        out.field(
                            temperature.rawValue, Int64(analysis.items.count { $0.temperature == temperature }))
                    }
                }
                out.key("scans")
                out.array { out in for scan in analysis.scans { write(scan, &out) } }
            }
        }
        return out.line
    }

    private static func write(_ scan: AccessAnalysis.Scan, _ out: inout JSONWriter) {
        out.object { out in
            out.field("requester", scan.requester)
            out.field("bucket", scan.bucket)
            name("prefix", scan.prefix, &out)
            out.field("first_day", scan.firstDay)
            out.field("last_day", scan.lastDay)
            out.field("objects", Int64(scan.objects))
            out.field("access_count", scan.reads)
        }
    }

    /// The text and, where the bytes are not UTF-8, the exact bytes.
    private static func name(_ field: String, _ bytes: [UInt8], _ out: inout JSONWriter) {
        out.field(field, String(decoding: bytes, as: UTF8.self))
        if String(validating: bytes, as: UTF8.self) == nil { out.field(field + "_base64", Base64.encode(bytes)) }
    }

    private static func rounded(_ share: Double) -> Double { (share * 10_000).rounded() / 10_000 }
}
