/// What looking for credentials asks of the world around it; a small port, so that the search itself has no files, programs or sockets.
public protocol CredentialSurroundings: Sendable {
    /// The environment's variables.
    var variables: [String: String] { get }
    /// The user's home folder, an absolute path.
    var home: String { get }

    /// A file's content; nil where there is no such file.
    func read(_ path: String) throws -> [UInt8]?

    /// Runs a program without a shell and gives what it printed.
    func run(_ words: [String]) async throws -> ProgramOutcome

    /// Sends a request and gives its answer, whatever its status.
    func send(_ request: SmallRequest) async throws -> SmallAnswer
}

/// How a program ended.
public struct ProgramOutcome: Sendable {
    public var status: Int32
    public var output: [UInt8]
    /// What it wrote to its error output.
    public var complaint: [UInt8]

    public init(status: Int32, output: [UInt8], complaint: [UInt8]) {
        self.status = status
        self.output = output
        self.complaint = complaint
    }
}

/// A request whose body and answer are small. Its headers and body may hold secrets, so it has no description.
public struct SmallRequest: Sendable {
    public var method: String
    public var url: String
    public var headers: [AWSRequest.Header]
    public var body: [UInt8]
    /// The whole exchange has this long.
    public var timeout: Duration

    public init(
        method: String = "GET", url: String, headers: [AWSRequest.Header] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(5)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// Its answer.
public struct SmallAnswer: Sendable {
    public var status: Int
    public var body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

extension SmallRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(method) \(url)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension SmallAnswer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "status \(status), \(body.count) bytes" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ProgramOutcome: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "exit code \(status), \(output.count) bytes" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
