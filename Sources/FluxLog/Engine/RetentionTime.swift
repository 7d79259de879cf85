import FluxEvents
import Logging
import NIOCore

/// The retention clock of a log: asks the real clocks, keeps a doubt on disk, and tells of it.
struct RetentionTime {
    static let fileName = "doubted-clock.json"
    /// A doubt that goes on is written down again after so many milliseconds.
    static let saveEvery: Int64 = 600_000

    private let configuration: EmbeddedLogConfiguration
    private let files: any FileSystem
    private let directory: String
    private let logger: Logger
    /// Nil where nothing goes by age.
    private var clock: RetentionClock?
    private var saved: Int64 = 0

    init(
        _ directory: String, newest: Timestamp?, configuration: EmbeddedLogConfiguration, files: any FileSystem,
        logger: Logger
    ) {
        self.configuration = configuration
        self.files = files
        self.directory = directory
        self.logger = logger
        guard let age = configuration.retentionAgeMilliseconds else { return }
        let doubt = Self.doubt(in: try? files.readWhole(directory + "/" + Self.fileName, limit: 4096))
        self.saved = doubt?.waited ?? 0
        self.clock = RetentionClock(
            age: age, believed: newest ?? configuration.clock(), doubt: doubt, uptime: configuration.uptime())
    }

    /// The time by which the age of records is measured now.
    mutating func now() -> Timestamp {
        let wall = self.configuration.clock()
        guard var clock = self.clock else { return wall }
        let change = clock.look(wall: wall, uptime: self.configuration.uptime())
        self.clock = clock
        switch change {
        case .none:
            if let waited = clock.waited, waited - self.saved >= Self.saveEvery { self.save(clock.doubt) }
        case .doubted(let ahead):
            self.save(clock.doubt)
            self.logger.warning(
                "the clock may be far ahead, so nothing is removed by age yet: set it right, or wait if it is right",
                metadata: ["ahead_seconds": "\(ahead / 1000)", "waits_seconds": "\(clock.patience / 1000)"])
        case .settled:
            self.save(nil)
            self.logger.notice("the clock is right again; retention by age goes on")
        case .accepted:
            self.save(nil)
            self.logger.notice(
                "the clock has stayed as far ahead as it was, and is believed; retention by age goes on",
                metadata: ["waited_seconds": "\(clock.patience / 1000)"])
        }
        return clock.now
    }

    private static func doubt(in bytes: ByteBuffer?) -> RetentionClock.Doubt? {
        guard let bytes, let root = try? JSONDocument.parse(bytes).root, let believed = root["believed"]?.int64,
            let waited = root["waited"]?.int64, believed >= 0, waited >= 0
        else { return nil }
        return RetentionClock.Doubt(believed: Timestamp(milliseconds: believed), waited: waited)
    }

    private mutating func save(_ doubt: RetentionClock.Doubt?) {
        self.saved = doubt?.waited ?? 0
        do throws(FileFailure) {
            guard let doubt else { return try self.files.removeIfThere(self.directory + "/" + Self.fileName) }
            let text = "{\"believed\": \(doubt.believed.milliseconds), \"waited\": \(doubt.waited)}\n"
            try self.files.replace(Self.fileName, in: self.directory, with: Array(text.utf8))
        } catch {
            self.logger.warning(
                "that the clock is doubted can't be written down; a restart may believe it",
                metadata: ["error": "\(error)"])
        }
    }
}
