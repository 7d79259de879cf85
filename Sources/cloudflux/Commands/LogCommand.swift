import ArgumentParser
import FluxEvents
import FluxLog
import FluxTools
import NIOCore

struct Log: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The embedded log: what is there, and whether it is sound.",
        discussion: Examples.text(
            "`verify` and `stats` may run beside a server, `repair` may not.",
            "cloudflux log verify --data .cloudflux",
            "cloudflux log stats --data .cloudflux",
            "cloudflux log repair --data .cloudflux"),
        subcommands: [Verify.self, Stats.self, Repair.self])

    /// 1 says that a log is damaged: so the numbers of sysexits for what else can be wrong.
    fileprivate static func telling<T>(_ data: DataOption, _ body: () throws -> T) throws -> T {
        do {
            try FolderVersion.refuseNewer(data.path)
        } catch {
            // What says nothing of the folder's version says nothing against its log, which has a format of its own.
            if error.code == .newerVersion { throw error }
        }
        do {
            return try body()
        } catch let error as LogError {
            Terminal.error("cloudflux: " + error.message)
            throw ExitCode(Self.status(of: error))
        }
    }

    private static func status(of error: LogError) -> Int32 {
        switch error.code {
        case .newerVersion: Main.dataError
        case .noLog: 66  // EX_NOINPUT
        case .io: 74  // EX_IOERR
        case .notPermitted, .readOnly: 77  // EX_NOPERM
        default: 1
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read and check every group; exit 1 on damage.",
            discussion: Examples.text(
                "Exits 0 sound, 1 damaged, 65 written by a newer version, 66 where there is no log, 74 where the disk can't read it, 77 where it may not be read. May run beside a server.",
                "cloudflux log verify --data .cloudflux",
                "cloudflux log verify --json | jq '.topics[].damage'"))
        @Flag(help: "One JSON object.") var json = false
        @OptionGroup var data: DataOption

        func run() throws {
            let report = try Log.telling(data) { try LogMaintenance.verify(directory: data.path) }
            if json {
                try Terminal.output(LogReportText.json(report))
            } else {
                for line in LogReportText.findings(report) { try Terminal.output(line) }
            }
            if !report.isSound { throw ExitCode(1) }
        }
    }

    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Topics and segments: events, sizes, times, rates, and how long the disk lasts.",
            discussion: Examples.text(
                "Rates are over what is kept. REMEMBERED counts the events that are recognised when they come again, as far as --dedup-events of the server reaches. A damaged log has figures as well: a line on stderr says that some events can't be read.",
                "cloudflux log stats",
                "cloudflux log stats --json | jq '.topics[] | {topic, events, bytes_per_day}'"))
        @Flag(help: "One JSON object.") var json = false
        @OptionGroup var data: DataOption

        func run() throws {
            let figures = try Log.telling(data) { try LogMaintenance.stats(directory: data.path) }
            defer { if !figures.report.isSound { Terminal.error(LogReportText.warning(figures.report)) } }
            if json { return try Terminal.output(LogFiguresText.json(figures)) }
            try Terminal.table(
                LogFiguresText.topicHead, LogFiguresText.topics(figures), right: LogFiguresText.topicRight)
            try Terminal.output("")
            try Terminal.table(
                LogFiguresText.segmentHead, LogFiguresText.segments(figures), right: LogFiguresText.segmentRight)
            for note in LogFiguresText.notes(figures) { try Terminal.output(note) }
        }
    }

    struct Repair: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cut damage out, keep it aside, and begin a new epoch.",
            discussion: Examples.text(
                "Stop the server first. What is lost is listed, and readers are told of it as a gap. Nothing is deleted: what is cut out is kept beside the log.",
                "cloudflux log repair --data .cloudflux"))
        @Flag(help: "One JSON object.") var json = false
        @OptionGroup var data: DataOption

        func run() throws {
            let repair = try Log.telling(data) { try LogMaintenance.repair(directory: data.path) }
            if json { return try Terminal.output(LogReportText.json(repair)) }
            guard repair.isChanged else { return try Terminal.output("the log is sound; nothing was changed") }
            for loss in repair.losses {
                let events = loss.to.map { "offsets \(loss.from) to \($0 - 1)" } ?? "from offset \(loss.from) on"
                let kept = loss.keptAs.map { ". Kept as \($0)" } ?? ""
                try Terminal.output("\(loss.topic): \(events) are lost: \(loss.reason)\(kept)")
            }
            for mended in repair.mended { try Terminal.output(mended) }
            try Terminal.output(
                repair.report.map { "repaired; what is lost is listed in \($0)" } ?? "repaired; no event is lost")
        }
    }
}

/// Reports of the log as lines and as JSON.
enum LogReportText {
    static func findings(_ report: LogReport) -> [String] {
        var lines: [String] = []
        for topic in report.topics {
            lines.append(
                "\(topic.name): \(topic.records) events in \(topic.groups) groups, \(topic.segments.count) segments, \(EventLine.bytes(topic.bytes))"
            )
            for damage in topic.damage {
                let until = damage.to.map { " to \($0 - 1)" } ?? " on"
                let offsets = damage.isReadable ? "" : "; offsets from \(damage.from)\(until) cannot be read"
                lines.append("  damaged: \(damage.file) at byte \(damage.position): \(damage.reason)\(offsets)")
            }
            for hole in topic.holes {
                lines.append("  left out by an earlier repair: offsets \(hole.lowerBound) to \(hole.upperBound - 1)")
            }
            if let tail = topic.tail {
                lines.append(
                    "  unfinished end of \(tail.bytes) bytes in \(tail.file) (a group that is being written, or that a crash tore; nobody was told it is there)"
                )
            }
        }
        lines.append(
            report.isSound
                ? "sound"
                : "damaged: stop the server, copy the folder, then run `cloudflux log repair` or restore a backup")
        return lines
    }

    static func warning(_ report: LogReport) -> String {
        let places = report.topics.reduce(0) { $0 + $1.damage.count }
        return "cloudflux: the log is damaged in \(places) \(places == 1 ? "place" : "places"); "
            + "`cloudflux log verify` lists all that can't be read"
    }

    static func json(_ report: LogReport) -> String {
        var out = JSONWriter()
        out.object { out in
            out.field("sound", report.isSound)
            out.field("epoch", report.epochText)
            out.key("topics")
            out.array { out in for topic in report.topics { out.topic(topic) } }
        }
        return out.line
    }

    static func json(_ repair: LogRepair) -> String {
        var out = JSONWriter()
        out.object { out in
            out.field("epoch", repair.epochText)
            out.field("report", repair.report)
            out.key("mended")
            out.array { out in for mended in repair.mended { out.string(mended) } }
            out.key("losses")
            out.array { out in
                for loss in repair.losses {
                    out.object { out in
                        out.field("topic", loss.topic)
                        out.field("from", loss.from)
                        out.field("to", loss.to)
                        out.field("bytes", loss.bytes)
                        out.field("reason", loss.reason)
                        out.field("kept_as", loss.keptAs)
                    }
                }
            }
        }
        return out.line
    }
}

extension JSONWriter {
    /// - Parameter more: writes further members.
    mutating func topic(_ topic: LogReport.Topic, _ more: (inout JSONWriter) -> Void = { _ in }) {
        object { out in
            out.field("topic", topic.name)
            out.field("earliest", topic.earliest)
            out.field("head", topic.head)
            out.field("events", topic.records)
            out.field("groups", topic.groups)
            out.field("bytes", topic.bytes)
            out.field("unfinished_bytes", topic.tail?.bytes ?? 0)
            more(&out)
            out.key("segments")
            out.array { out in
                for segment in topic.segments {
                    out.object { out in
                        out.field("file", segment.file)
                        out.field("base", segment.base)
                        out.field("last_offset", segment.last)
                        out.field("events", segment.records)
                        out.field("bytes", segment.bytes)
                        out.field("first_recorded_at", segment.firstRecordedAt)
                        out.field("last_recorded_at", segment.lastRecordedAt)
                        out.rates(segment.bytesPerEvent, segment.rate)
                    }
                }
            }
            out.key("damage")
            out.array { out in
                for damage in topic.damage {
                    out.object { out in
                        out.field("file", damage.file)
                        out.field("position", damage.position)
                        out.field("bytes", damage.bytes)
                        out.field("from", damage.from)
                        out.field("to", damage.to)
                        out.field("reason", damage.reason)
                    }
                }
            }
        }
    }
}
