public import FluxEvents
import FluxIngest
public import FluxTiering

/// Who is hot and who is cold, from logs alone.
public struct AccessAnalysis: Sendable {
    /// An object that was read, or that an inventory has.
    public struct Item: Sendable, Hashable {
        public var bucket: String
        public var key: [UInt8]
        /// All reads.
        public var reads: Int64
        /// Those of them that belong to scans.
        public var scanReads: Int64
        /// Bytes sent.
        public var bytes: Int64
        /// Different ones.
        public var requesters: Int
        /// Nil where it was not read.
        public var first: Timestamp?
        public var last: Timestamp?
        /// Bytes, and the class, as an inventory says.
        public var size: Int64?
        public var storageClass: String?
        public var temperature: Temperature
        /// How sure the temperature is, 0–1.
        public var confidence: Double
        /// The chance of a read within 30 days of the end of the logs, 0–1.
        public var chance: Double
    }

    /// One requester that read most of a prefix about once.
    public struct Scan: Sendable, Hashable {
        public var requester: String
        public var bucket: String
        public var prefix: [UInt8]
        /// The first day and the last (UTC).
        public var days: ClosedRange<Int32>
        public var objects: Int
        public var reads: Int64

        /// `2026-11-23`
        public var firstDay: String { Self.text(days.lowerBound) }
        public var lastDay: String { Self.text(days.upperBound) }

        private static func text(_ day: Int32) -> String {
            String(Timestamp(milliseconds: Int64(day) * 86_400_000).rfc3339.prefix(10))
        }
    }

    /// What the logs hold in all.
    public struct Totals: Sendable, Hashable {
        public var files = 0
        public var lines = 0
        public var unreadable = 0
        /// Told before, by the request's id.
        public var duplicates = 0
        public var reads: Int64 = 0
        public var scanReads: Int64 = 0
        public var bytes: Int64 = 0
        public var requesters = 0
        /// Lines of inventories.
        public var listed = 0
        /// That were written, or are in an inventory, and were not read.
        public var neverRead = 0
        /// The times that the lines span; nil where there are none.
        public var span: ClosedRange<Timestamp>?
    }

    /// A file that gave nothing, or not all that it should have.
    public struct Trouble: Sendable, Hashable {
        public var file: String
        /// What is wrong with it, as the end of a sentence.
        public var what: String
    }

    /// Most reads first.
    public internal(set) var items: [Item] = []
    /// Most reads first.
    public internal(set) var scans: [Scan] = []
    public internal(set) var totals = Totals()
    public internal(set) var troubles: [Trouble] = []

    /// Reads everything, and judges it.
    ///
    /// - Parameters:
    ///   - paths: files, folders with all below them, `-` for standard input.
    ///   - onProgress: the lines that were read so far.
    /// - Throws: `ToolError` with code `file` where one is not there, or nothing in them is a log.
    public static func run(_ paths: [String], onProgress: @escaping (Int) -> Void) throws(ToolError) -> AccessAnalysis {
        var input = AccessInput(onProgress: onProgress)
        for path in paths { try input.add(path: path) }
        input.finish()
        guard input.tally.lines > 0 else {
            let first = input.troubles.first.map { " (\($0.file): \($0.what))" } ?? ""
            if input.tally.listed > 0 {
                throw ToolError(.file, "an inventory says nothing of reads; give access logs or CloudTrail as well")
            }
            throw ToolError(
                .file,
                input.files == 0
                    ? "there is no file in \(paths.joined(separator: ", "))"
                    : "no line of \(input.files == 1 ? "the file" : "the \(input.files) files") is of an S3 server access "
                        + "log or of CloudTrail" + first)
        }
        var analysis = AccessAnalysis(input.tally)
        analysis.totals.files = input.files
        analysis.troubles = input.troubles.map { Trouble(file: $0.file, what: $0.what) }
        return analysis
    }

    /// Judges what was counted, as of the last line.
    init(_ tally: AccessTally) {
        let (isScan, found) = ScanSearch(tally).run()
        scans = found
        let judge = TemperatureJudge(tally, isScan: isScan)
        var scanReads = [Int64](repeating: 0, count: tally.objects.count)
        for (number, row) in tally.rows.enumerated() where isScan[number] {
            scanReads[Int(row.object)] += Int64(row.reads)
        }
        let requesters = Self.requesters(tally)
        for (number, object) in tally.objects.enumerated() {
            if object.reads == 0 {
                totals.neverRead += 1
                guard object.isListed else { continue }
            }
            let verdict = judge.verdict(number)
            items.append(
                Item(
                    bucket: tally.bucket(of: number), key: Array(tally.keys[number]), reads: object.reads,
                    scanReads: scanReads[number], bytes: object.bytes, requesters: requesters[number],
                    first: object.reads == 0 ? nil : Timestamp(milliseconds: object.first * 1000),
                    last: object.reads == 0 ? nil : Timestamp(milliseconds: object.last * 1000), size: object.size,
                    storageClass: object.storageClass.map { tally.storageClasses[$0] },
                    temperature: verdict.temperature,
                    confidence: verdict.confidence, chance: verdict.chance))
            totals.reads += object.reads
            totals.scanReads += scanReads[number]
            totals.bytes &+= object.bytes
        }
        // Of equals, by name: the order in which files come must not show.
        items.sort { a, b in
            if a.reads != b.reads { return a.reads > b.reads }
            return a.bucket != b.bucket ? a.bucket < b.bucket : a.key.lexicographicallyPrecedes(b.key)
        }
        totals.lines = tally.lines
        totals.listed = tally.listed
        totals.unreadable = tally.unreadable
        totals.duplicates = tally.duplicates
        totals.requesters = tally.requesters.count
        totals.span = tally.span.map {
            Timestamp(milliseconds: $0.lowerBound * 1000)...Timestamp(milliseconds: $0.upperBound * 1000)
        }
    }

    /// The likeliest to be read first.
    public var byHeat: [Item] {
        items.enumerated().sorted { a, b in
            a.element.chance != b.element.chance ? a.element.chance > b.element.chance : a.offset < b.offset
        }.map(\.element)
    }

    /// Different ones of each object.
    private static func requesters(_ tally: AccessTally) -> [Int] {
        var counts = [Int](repeating: 0, count: tally.objects.count)
        var pairs = IDTable(maximum: tally.rows.count)
        for row in tally.rows where pairs.insert(ByteHash.mix(UInt64(row.object) << 32 | UInt64(row.requester) + 1)) {
            counts[Int(row.object)] += 1
        }
        return counts
    }
}
