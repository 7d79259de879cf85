/// A filter that the settings share with everybody. Its expression was read once, so it can be read.
public struct FilterPreset: Sendable, Hashable {
    public var name: String
    public var expression: String

    public init(name: String, expression: String) {
        self.name = name
        self.expression = expression
    }
}
