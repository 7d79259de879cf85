/// Reads and verdicts in the naive model.
extension Model {
    /// What is kept of an object's day.
    struct Day {
        var reads: Int64 = 0
        var full: Int64 = 0
        var bytes: Int64 = 0
        var scanReads: Int64 = 0
        var scanBytes: Int64 = 0
        var last: Int64 = 0

        mutating func add(_ read: Read) {
            if read.isScan {
                scanReads += read.count
                scanBytes += read.bytes
            } else {
                reads += read.count
                full += read.full
                bytes += read.bytes
                last = max(last, read.time)
            }
        }

        var text: String { "\(reads)/\(full)/\(bytes)/\(scanReads)/\(scanBytes)/\(last)" }
    }

    mutating func read(_ bucket: String, _ key: [UInt8], _ reads: Reads, _ time: Int64) {
        let index = objects.firstIndex { $0.bucket == bucket && $0.key == key && $0.deletedAt == nil }
        guard index != nil || stores.contains(bucket) else { return }
        var read = Read(
            time: time, count: reads.count, bytes: reads.bytes, full: reads.full, requester: reads.requester,
            isScan: false)
        var known = buckets[bucket] ?? Bucket()
        let newest = max(known.newestDay ?? read.day, read.day)
        known.newestDay = newest
        if read.day <= newest - requesterDays { read.requester = nil }
        read.isScan = known.verdicts.contains {
            $0.requester == read.requester && key.starts(with: $0.prefix) && $0.days.contains(read.day)
        }
        if read.isScan {
            known.totals[read.day, default: Total()].scanReads += read.count
            known.totals[read.day, default: Total()].scanBytes += read.bytes
        } else {
            known.totals[read.day, default: Total()].reads += read.count
            known.totals[read.day, default: Total()].bytes += read.bytes
        }
        buckets[bucket] = known
        // Who read on older days is forgotten.
        for object in objects.indices where objects[object].bucket == bucket {
            for old in objects[object].reads.indices
            where objects[object].reads[old].day <= newest - requesterDays {
                objects[object].reads[old].requester = nil
            }
        }
        guard let index else { return }
        objects[index].reads.append(read)
        if !read.isScan { objects[index].lastRead = max(objects[index].lastRead ?? time, time) }
    }

    mutating func judge(
        _ bucket: String, _ requester: String, _ prefix: [UInt8], _ first: Int64, _ last: Int64, _ time: Int64
    ) {
        guard buckets[bucket] != nil || stores.contains(bucket) else { return }
        var known = buckets[bucket] ?? Bucket()
        defer { buckets[bucket] = known }
        let last = min(last, Int64((Double(time) / 86_400_000).rounded(.down)))
        guard first <= last, last > (known.newestDay ?? .min / 2) - requesterDays else { return }
        known.verdicts.append(Verdict(requester: requester, prefix: prefix, days: first...last))
        for day in first...last {
            for index in objects.indices
            where objects[index].bucket == bucket && objects[index].key.starts(with: prefix) {
                var moved: Int64?
                for (at, read) in objects[index].reads.enumerated()
                where read.day == day && read.requester == requester && !read.isScan && !read.isDropped {
                    objects[index].reads[at].isScan = true
                    moved = max(moved ?? read.time, read.time)
                    known.totals[day, default: Total()].reads -= read.count
                    known.totals[day, default: Total()].bytes -= read.bytes
                    known.totals[day, default: Total()].scanReads += read.count
                    known.totals[day, default: Total()].scanBytes += read.bytes
                }
                if let moved, objects[index].lastRead == moved { objects[index].lastRead = lastKept(objects[index]) }
            }
        }
    }

    /// The last read on a day that is still kept.
    private func lastKept(_ object: Object) -> Int64? {
        let kept = object.reads.filter { !$0.isDropped }
        let newest = kept.map(\.day).max() ?? 0
        return kept.filter { !$0.isScan && $0.day > newest - accessDays }.map(\.time).max()
    }

    /// Who read an object, as far as that is kept.
    func named(_ object: Object) -> [String] {
        var sums: [String: (Int64, Int64)] = [:]
        for read in object.reads where !read.isScan && !read.isDropped {
            guard let requester = read.requester else { continue }
            sums["\(read.day) \(requester)", default: (0, 0)].0 += read.count
            sums["\(read.day) \(requester)", default: (0, 0)].1 += read.bytes
        }
        return sums.map { "\($0.key) \($0.value.0) \($0.value.1)" }.sorted()
    }

    func totals() -> [String] {
        buckets.flatMap { bucket, known in
            known.totals.filter { $0.key > (known.newestDay ?? 0) - accessDays }.map { day, total in
                "\(bucket) \(day) \(total.reads) \(total.bytes) \(total.scanReads) \(total.scanBytes)"
            }
        }.sorted()
    }
}
