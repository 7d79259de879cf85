/// What a JSON value is.
public enum JSONKind: UInt8, Sendable, Hashable {
    case null, `false`, `true`, number, string, array, object
}

/// One value of a document, in the order of the text. A member's name is an entry of its own before its value.
struct JSONEntry: Sendable {
    var kind: JSONKind
    /// For strings: whether there is an escape between the quotes.
    var hasEscapes = false
    /// The value's bytes, with quotes or brackets.
    var start: UInt32
    var end: UInt32
    /// The entry after this value and all that is in it.
    var next: UInt32
    /// Elements of an array, members of an object.
    var count: UInt32 = 0
}
