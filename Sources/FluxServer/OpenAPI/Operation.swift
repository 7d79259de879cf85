/// What the OpenAPI document says of a route, besides its path, parameters and who may use it.
struct Operation: Sendable {
    enum Tag: String, Sendable, CaseIterable {
        case stream, filters, stores, objects, auth, schemas, operations

        var summary: String {
            switch self {
            case .stream: "The log of events: lists, live streams, exports, statistics, posting and simulating."
            case .filters: "The filters that a person keeps, and those that the settings share with everybody."
            case .stores: "The object stores that are watched."
            case .objects: "What is known of the objects, folded from the log."
            case .auth: "Signing in and out."
            case .schemas: "Descriptions of this API and of the events' data."
            case .operations: "Health, readiness and metrics."
            }
        }
    }

    /// A body in one media type.
    struct Content: Sendable {
        var type: String
        var schema: JSONTree
        var example: JSONTree?

        init(_ type: String, _ schema: JSONTree, example: JSONTree? = nil) {
            self.type = type
            self.schema = schema
            self.example = example
        }

        static func json(_ schema: JSONTree, example: JSONTree? = nil) -> Content {
            Content("application/json", schema, example: example)
        }
    }

    struct Answer: Sendable {
        var status: Int
        var summary: String
        var contents: [Content]

        init(_ status: Int, _ summary: String, _ contents: [Content] = []) {
            self.status = status
            self.summary = summary
            self.contents = contents
        }
    }

    /// `operationId`.
    var id: String
    var tag: Tag
    var summary: String
    var detail: String?
    /// The body that is posted, in each media type that is taken.
    var body: [Content] = []
    /// Whether the body may be left out.
    var bodyIsOptional = false
    var answers: [Answer]
    /// Statuses of problem documents beyond those that every route may answer.
    var problems: [Int] = []

    init(
        _ id: String, _ tag: Tag, _ summary: String, detail: String? = nil, body: [Content] = [],
        bodyIsOptional: Bool = false, answers: [Answer], problems: [Int] = []
    ) {
        self.id = id
        self.tag = tag
        self.summary = summary
        self.detail = detail
        self.body = body
        self.bodyIsOptional = bodyIsOptional
        self.answers = answers
        self.problems = problems
    }

    /// A reference to a component schema.
    static func schema(_ name: String) -> JSONTree { ["$ref": .string("#/components/schemas/" + name)] }
}
