import FluxEvents
import FluxStores

/// A file of access logs as a listing shows it.
struct LogFile: Sendable, Hashable {
    var key: [UInt8]
    var etag: String
    /// Bytes.
    var size: Int64
    var modified: Timestamp
    var name: LogFileName

    /// The UTC day of its delivery.
    var day: Int64 { Int64(modified.day) }
}

/// What a look at the bucket of the logs found, page by page. Pure.
struct LogPass: Sendable {
    /// Names that are remembered of those that are not read; past so many they are not told apart.
    static let maximumNames = 1000

    let prefix: [UInt8]
    /// The bucket whose logs they are.
    let bucket: [UInt8]
    /// Names below the prefix that no log file has.
    private(set) var foreign: Set<[UInt8]> = []
    private(set) var firstForeign: [UInt8]?
    /// Files that lie in an archive.
    private(set) var archived: Set<[UInt8]> = []

    init(prefix: [UInt8], bucket: [UInt8]) {
        self.prefix = prefix
        self.bucket = bucket
    }

    /// The files of a page that are of a series, in the order of their names.
    mutating func files(_ objects: [BucketObject], of series: LogSeries) -> [LogFile] {
        objects.compactMap { object in
            guard let name = LogFileName(object.key, prefix: prefix) else {
                note(object.key)
                return nil
            }
            guard name.series == series else { return nil }
            // Nothing can be read from there at once.
            guard !["GLACIER", "DEEP_ARCHIVE"].contains(object.storageClass) else {
                if archived.count < Self.maximumNames { archived.insert(object.key) }
                return nil
            }
            return LogFile(
                key: object.key, etag: object.etag, size: object.size, modified: object.lastModified, name: name)
        }
    }

    private mutating func note(_ key: [UInt8]) {
        // A folder that somebody made by hand in a console is nothing to speak of.
        guard key.count > prefix.count, key.last != UInt8(ascii: "/"), foreign.count < Self.maximumNames else {
            return
        }
        foreign.insert(key)
        firstForeign = firstForeign ?? key
    }

    // MARK: Which series there are

    /// What a page of the folders right below the prefix says.
    struct Found: Sendable, Hashable {
        /// There are files that are not parted by date.
        var hasPlain = false
        /// Folders of accounts.
        var accounts: [[UInt8]] = []
        /// Where to go on, past a year of plain files; nil: with the next page.
        var after: [UInt8]?
    }

    /// Reads one page of a listing with `/` as delimiter. Plain files may be half a million, and folders of accounts stand
    /// before and behind them; between two of a year there is none.
    mutating func look(at page: ListPage) -> Found {
        var found = Found()
        for object in page.objects {
            if let name = LogFileName(object.key, prefix: prefix), !name.series.isDated {
                found.hasPlain = true
            } else {
                note(object.key)
            }
        }
        found.accounts = page.prefixes.filter { folder in
            folder.starts(with: prefix) && LogFileName.isAccount(folder.dropFirst(prefix.count).dropLast())
        }
        if page.next != nil, let last = page.objects.last?.key, LogFileName(last, prefix: prefix) != nil,
            page.prefixes.allSatisfy({ $0.lexicographicallyPrecedes(last) })
        {
            // `2026.` is behind each `2026-`.
            found.after = Array(last.prefix(prefix.count + 4)) + [UInt8(ascii: ".")]
        }
        return found
    }

    /// The series of a region's folder.
    func series(ofRegion folder: [UInt8]) -> LogSeries {
        LogSeries(start: folder + bucket + [UInt8(ascii: "/")], isDated: true)
    }

    /// Files whose names are none of a log file's, in a sentence; nil: there are none.
    func words(place: String) -> String? {
        var parts: [String] = []
        if let firstForeign {
            parts.append(
                "\(Self.count(foreign)) objects under \(place) have no name of a log file and are not read (the first is "
                    + "“\(String(decoding: firstForeign.prefix(255), as: UTF8.self))”).")
        }
        if !archived.isEmpty {
            parts.append(
                "\(Self.count(archived)) log files under \(place) lie in an archive and are not read; restore them first."
            )
        }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    private static func count(_ names: Set<[UInt8]>) -> String {
        names.count < maximumNames ? "\(names.count)" : "\(maximumNames) or more"
    }
}
