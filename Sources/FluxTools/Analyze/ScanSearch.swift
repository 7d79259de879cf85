import FluxTiering

/// Looks for scans among what was counted, one requester after the other.
struct ScanSearch {
    private let tally: AccessTally
    private let rule = ScanRule()

    init(_ tally: AccessTally) {
        self.tally = tally
    }

    /// - Returns: of each row whether its reads are a scan's, and the scans, most reads first.
    func run() -> (isScan: [Bool], scans: [AccessAnalysis.Scan]) {
        var names = ByteIndex()
        var finder = ScanFinder(rule, prefixes: prefixes(&names))
        var isScan = [Bool](repeating: false, count: tally.rows.count)
        var scans: [AccessAnalysis.Scan] = []
        for (requester, rows) in byRequester() where rows.count >= min(rule.minimumObjects, rule.smallStoreObjects) {
            let found = finder.find(
                rows.map { number in
                    let row = tally.rows[number]
                    return ScanFinder.Reading(object: Int(row.object), quarter: row.quarter, reads: row.fullReads)
                })
            var reads = [Int64](repeating: 0, count: found.scans.count)
            for (place, number) in rows.enumerated() {
                guard let scan = found.scanOf[place] else { continue }
                isScan[number] = true
                reads[scan] += Int64(tally.rows[number].reads)
            }
            scans += zip(found.scans, reads).map { scan, reads in
                AccessAnalysis.Scan(
                    requester: tally.requesters[requester],
                    bucket: String(decoding: tally.buckets[Int(names.salt(scan.prefix))], as: UTF8.self),
                    prefix: Array(names[scan.prefix]), days: scan.days, objects: scan.objects, reads: reads)
            }
        }
        scans.sort { a, b in
            if a.reads != b.reads { return a.reads > b.reads }
            return (a.requester, a.bucket, a.days.lowerBound) < (b.requester, b.bucket, b.days.lowerBound)
        }
        return (isScan, scans)
    }

    /// Of each object its prefixes to as many slashes as the rule looks at. A bucket's prefixes are none of another's.
    private func prefixes(_ names: inout ByteIndex) -> ScanFinder.Prefixes {
        var prefixes = ScanFinder.Prefixes(chains: [], known: [])
        prefixes.chains.reserveCapacity(tally.objects.count * (rule.depth + 1))
        for object in tally.objects.indices {
            let salt = tally.keys.salt(object)
            let key = tally.keys[object]
            var ends = [0]
            for (place, byte) in key.enumerated() where byte == UInt8(ascii: "/") && ends.count <= rule.depth {
                ends.append(place + 1)
            }
            key.withUnsafeBytes { bytes in
                for end in ends {
                    let number = names.number(of: UnsafeRawBufferPointer(rebasing: bytes[..<end]), salt: salt)
                    if number == prefixes.known.count { prefixes.known.append(0) }
                    prefixes.known[number] += 1
                    prefixes.chains.append(UInt32(number))
                }
            }
            for _ in ends.count..<rule.depth + 1 { prefixes.chains.append(ScanFinder.Prefixes.none) }
        }
        return prefixes
    }

    /// The numbers of each requester's rows, ascending by time.
    private func byRequester() -> [(requester: Int, rows: [Int])] {
        var rows = [[Int]](repeating: [], count: tally.requesters.count)
        for (number, row) in tally.rows.enumerated() { rows[Int(row.requester)].append(number) }
        return rows.enumerated().map { requester, numbers in
            (requester, numbers.sorted { tally.rows[$0].quarter < tally.rows[$1].quarter })
        }
    }
}
