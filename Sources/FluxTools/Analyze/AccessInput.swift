import FluxEvents
import FluxIngest
import FoundationEssentials
import Glibc
import NIOCore

/// Reads files, folders and standard input into a tally: server access logs, and what CloudTrail delivers.
struct AccessInput {
    /// A file that gave nothing, or not all that it should have.
    struct Trouble: Sendable, Hashable {
        var file: String
        var what: String
    }

    private(set) var tally = AccessTally()
    private(set) var files = 0
    private(set) var troubles: [Trouble] = []
    private let onProgress: (Int) -> Void
    private var told = 0

    /// The longest text of CloudTrail that is taken (bytes, unpacked); a file of theirs has 50 MB.
    static let maximumJSON = 512 << 20
    /// What lies beside an inventory's files, and is none of them.
    private static let beside: Set = ["manifest.checksum", "symlink.txt"]
    /// Lines between two reports of how far it is.
    private static let progressLines = 100_000

    init(onProgress: @escaping (Int) -> Void) {
        self.onProgress = onProgress
    }

    mutating func finish() { tally.finish() }

    /// - Parameter path: a file, a folder with all below it, or `-`.
    /// - Throws: `ToolError` with code `file` where there is no such file.
    mutating func add(path: String) throws(ToolError) {
        if path == "-" { return take(STDIN_FILENO, named: "standard input") }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ToolError(.file, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        if status.st_mode & S_IFMT == S_IFDIR { return try add(folder: path) }
        try add(file: path)
    }

    private mutating func add(folder: String) throws(ToolError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw ToolError(
                .file, "cannot read the folder \(folder); may it be read by whoever runs this?", underlying: error)
        }
        for name in names where !name.hasPrefix(".") && !Self.beside.contains(name) {
            let path = folder + "/" + name
            var status = stat()
            // Links to folders are not followed: they may lead back.
            guard lstat(path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try add(folder: path)
            case S_IFREG, S_IFLNK: try add(file: path)
            default: continue
            }
        }
    }

    private mutating func add(file: String) throws(ToolError) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ToolError(.file, "cannot read \(file): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        take(descriptor, named: file)
    }

    private mutating func take(_ descriptor: Int32, named name: String) {
        files += 1
        var reader = FileReader(tally: tally)
        // Only one of them holds the numbers, or each line would copy them.
        tally = AccessTally()
        var bytes = InputBytes(descriptor)
        var failure: InputBytes.Failure?
        var (done, told) = (0, told)
        do throws(InputBytes.Failure) {
            try bytes.eachPiece { piece in
                reader.take(piece)
                done = reader.tally.lines + reader.tally.listed + reader.tally.unreadable
                guard done >= told + Self.progressLines else { return }
                told = done
                onProgress(done)
            }
        } catch {
            failure = error
        }
        reader.finish()
        tally = reader.tally
        self.told = told
        switch failure {
        case .system(let number):
            troubles.append(Trouble(file: name, what: "it cannot be read: \(String(cString: strerror(number)))"))
        case .damaged: troubles.append(Trouble(file: name, what: "it is damaged; what stands before counts"))
        case .cut: troubles.append(Trouble(file: name, what: "its end is missing; what stands before counts"))
        case nil: if let what = reader.trouble { troubles.append(Trouble(file: name, what: what)) }
        }
    }
}

/// One file: lines of a server access log or of an inventory, or the JSON of CloudTrail.
private struct FileReader {
    var tally: AccessTally
    private var lines = LineCutter(maximum: AccessLogLine.maximumBytes)
    /// The text, where it is JSON; nil: it is none. Nothing is known before the first byte.
    private var json: ByteBuffer?
    private var isBegun = false
    private var isInventory = false
    /// Of an inventory whose files are not read.
    private var format: String?
    private var isTooLong = false
    private let readBefore: Int
    private let unreadableBefore: Int

    init(tally: AccessTally) {
        self.tally = tally
        readBefore = tally.lines + tally.listed
        unreadableBefore = tally.unreadable
    }

    mutating func take(_ piece: UnsafeRawBufferPointer) {
        if !isBegun {
            isBegun = true
            if piece.first(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }) == UInt8(ascii: "{") {
                json = ByteBuffer()
            }
            isInventory = piece.first == UInt8(ascii: "\"")
        }
        guard json != nil else { return cut { $0.feed(piece, $1) } }
        guard (json?.readableBytes ?? 0) + piece.count <= AccessInput.maximumJSON else {
            isTooLong = true
            return
        }
        json?.writeBytes(piece)
    }

    mutating func finish() {
        guard let json else { return cut { $0.finish($1) } }
        self.json = nil
        guard !isTooLong else { return tally.addUnreadable() }
        let limits = JSONLimits(maxBytes: AccessInput.maximumJSON, maxValues: AccessInput.maximumJSON / 8)
        if let root = try? JSONDocument.parse(json, limits: limits).root {
            if root["fileSchema"] != nil {
                // The manifest of an inventory; its files speak for themselves.
                if let name = root["fileFormat"]?.string, name != "CSV" { format = name }
            } else if let records = root["Records"] {
                for record in records.elements { add(record) }
            } else {
                add(root)
            }
            return
        }
        // One record a line, as some write them who take theirs out of CloudTrail's files.
        for line in json.readableBytesView.split(separator: 0x0A) {
            if let record = try? JSONDocument.parse(ByteBuffer(bytes: line)).root {
                add(record)
            } else {
                tally.addUnreadable()
            }
        }
    }

    private mutating func add(_ record: JSONValue) {
        switch CloudTrailRead.meaning(record) {
        case .other: tally.addOther()
        case .unreadable: tally.addUnreadable()
        case .read(let read):
            tally.add(
                requestID: read.requestID, bucket: read.bucket, key: read.key, requester: read.requester,
                time: read.time, bytes: read.bytes, fullReads: 1)
        }
    }

    /// Adds the lines that the cutter gives. It is taken out meanwhile: the lines go into its neighbour.
    private mutating func cut(_ body: (inout LineCutter, (UnsafeRawBufferPointer?) -> Void) -> Void) {
        var cutter = lines
        body(&cutter) { line in
            guard let line else { return tally.addUnreadable() }
            guard !line.isEmpty else { return }
            _ = isInventory ? tally.add(inventory: line) : tally.add(line: line)
        }
        lines = cutter
    }

    /// What a person should know of the file.
    var trouble: String? {
        if let format { return "the inventory is in \(format); inventories are read in CSV" }
        let unreadable = tally.unreadable - unreadableBefore
        guard unreadable > 0 else { return nil }
        if isTooLong { return "it is larger than \(AccessInput.maximumJSON >> 20) MiB, which no file of CloudTrail is" }
        guard tally.lines + tally.listed > readBefore else {
            return "nothing in it is an access log, a file of CloudTrail or an inventory"
        }
        return "\(unreadable) \(unreadable == 1 ? "line" : "lines") in it cannot be read"
    }
}
