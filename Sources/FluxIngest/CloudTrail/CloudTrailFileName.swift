import FluxEvents

/// What the key of one of CloudTrail's files says: where it belongs, and when it was delivered. Pure.
///
/// `PREFIX/AWSLogs/[ORGANISATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz`
/// Source: AWS CloudTrail User Guide, "Finding your CloudTrail log files", file name format.
enum CloudTrailFileName {
    /// What stands between an account and its regions.
    static let folder = Array("CloudTrail/".utf8)
    private static let ending = Array(".json.gz".utf8)
    private static let digits = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12]

    /// The files of a region's folder, `…/ACCOUNT/CloudTrail/REGION/`.
    static func series(ofRegion folder: [UInt8]) -> LogSeries? {
        let parts = folder.split(separator: UInt8(ascii: "/"))
        guard parts.count >= 3, folder.last == UInt8(ascii: "/"), LogFileName.isAccount(parts[parts.count - 3]) else {
            return nil
        }
        let stem = Array(parts[parts.count - 3]) + Array("_CloudTrail_".utf8) + parts[parts.count - 1]
        return LogSeries(start: folder, isDated: true, stem: stem + [UInt8(ascii: "_")])
    }

    /// Nil where it is none of the series.
    static func read(_ key: [UInt8], _ series: LogSeries) -> LogFileName? {
        // `YYYY/MM/DD/` between the two.
        let start = series.start.count + 11
        guard key.starts(with: series.start), key.count > start + series.stem.count + 14, key.suffix(8) == ending[...],
            key[start...].starts(with: series.stem)
        else { return nil }
        // `20261130T1022Z`
        let stamp = Array(key[(start + series.stem.count)...].prefix(14))
        guard stamp[8] == UInt8(ascii: "T"), stamp[13] == UInt8(ascii: "Z"),
            digits.allSatisfy({ (0x30...0x39).contains(stamp[$0]) })
        else { return nil }
        let text = String(decoding: stamp, as: UTF8.self)
        let date = "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.dropFirst(6).prefix(2))"
        let clock = "\(text.dropFirst(9).prefix(2)):\(text.dropFirst(11).prefix(2))"
        guard let time = Timestamp(rfc3339: "\(date)T\(clock):00Z") else { return nil }
        return LogFileName(time: time.milliseconds / 1000, series: series)
    }
}
