import FluxEvents

/// What the key of a log file says: where it belongs, and when it was delivered. Pure.
///
/// `PREFIXYYYY-mm-DD-HH-MM-SS-UNIQUE`, or parted by date `PREFIXACCOUNT/REGION/BUCKET/YYYY/MM/DD/YYYY-mm-DD-HH-MM-SS-UNIQUE`.
/// Source: Amazon S3 User Guide, "Enabling Amazon S3 server access logging", log object key format.
struct LogFileName: Sendable, Hashable {
    /// Seconds since 1970 (UTC). Files that are parted by the time of the requests have the day's beginning.
    var time: Int64
    var series: LogSeries

    /// The length of `YYYY-mm-DD-HH-MM-SS-`.
    private static let stampBytes = 20

    init(time: Int64, series: LogSeries) {
        self.time = time
        self.series = series
    }

    /// - Parameter prefix: what the keys of all log files begin with.
    init?(_ key: [UInt8], prefix: [UInt8]) {
        guard key.starts(with: prefix) else { return nil }
        let rest = key[prefix.count...]
        guard rest.contains(UInt8(ascii: "/")) else {
            guard let time = Self.time(rest) else { return nil }
            self.time = time
            series = LogSeries(start: prefix, isDated: false)
            return
        }
        let parts = rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 7, Self.isAccount(parts[0]), !parts[1].isEmpty, !parts[2].isEmpty,
            let time = Self.time(parts[6]),
            Self.folder(of: time).elementsEqual(key[parts[3].startIndex..<parts[6].startIndex])
        else { return nil }
        self.time = time
        series = LogSeries(start: Array(key[..<parts[3].startIndex]), isDated: true)
    }

    /// Whether a part of a key is an account's number.
    static func isAccount(_ part: ArraySlice<UInt8>) -> Bool {
        part.count == 12 && part.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func time(_ name: ArraySlice<UInt8>) -> Int64? {
        guard name.count > stampBytes else { return nil }
        var stamp = Array(name.prefix(stampBytes))
        for mark in [4, 7, 10, 13, 16, 19] where stamp[mark] != UInt8(ascii: "-") { return nil }
        stamp[10] = UInt8(ascii: "T")
        stamp[13] = UInt8(ascii: ":")
        stamp[16] = UInt8(ascii: ":")
        stamp[19] = UInt8(ascii: "Z")
        return Timestamp(rfc3339Bytes: stamp).map { $0.milliseconds / 1000 }
    }

    /// `YYYY-mm-DD-HH-MM-SS`, which stands before all names of that second.
    fileprivate static func stamp(of time: Int64) -> [UInt8] {
        Timestamp(milliseconds: time * 1000).rfc3339.utf8.prefix(stampBytes - 1).map {
            $0 == UInt8(ascii: "T") || $0 == UInt8(ascii: ":") ? UInt8(ascii: "-") : $0
        }
    }

    /// `YYYY/MM/DD/`.
    fileprivate static func folder(of time: Int64) -> [UInt8] {
        stamp(of: time).prefix(10).map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "/") : $0 } + [UInt8(ascii: "/")]
    }
}

/// Log files whose names rise with the time of their delivery. Pure.
struct LogSeries: Sendable, Hashable {
    /// What stands before the date.
    var start: [UInt8]
    /// Whether the date stands in folders as well.
    var isDated: Bool
    /// What stands before the time in names of CloudTrail's; empty in those of access logs.
    var stem: [UInt8] = []

    /// How far behind the newest name others may still come (seconds).
    static let overlap: Int64 = 3600
    /// The same where names have the day alone.
    static let dayOverlap: Int64 = 2 * 86_400
    /// What is listed whole once a day (seconds): some are delivered with an older name.
    static let week: Int64 = 7 * 86_400

    /// The key behind which is looked for files; nil: from the start.
    ///
    /// - Parameters:
    ///   - newest: the time of the newest name that was read, nil: none was.
    ///   - isWhole: whether the last seven days are listed.
    ///   - now: seconds since 1970.
    func after(newest: Int64?, isWhole: Bool, now: Int64) -> [UInt8]? {
        guard let newest else { return nil }
        var time = newest - (newest % 86_400 == 0 ? Self.dayOverlap : Self.overlap)
        if isWhole { time = min(time, now - Self.week) }
        var stamp = LogFileName.stamp(of: max(0, time))
        if !stem.isEmpty { stamp = stem + Self.compact(stamp) }
        return start + (isDated ? LogFileName.folder(of: max(0, time)) : []) + stamp
    }

    /// `20261130T1022` of `2026-11-30-10-22-33`.
    private static func compact(_ stamp: [UInt8]) -> [UInt8] {
        let digits = stamp.filter { $0 != UInt8(ascii: "-") }
        return digits.prefix(8) + [UInt8(ascii: "T")] + digits.dropFirst(8).prefix(4)
    }
}
