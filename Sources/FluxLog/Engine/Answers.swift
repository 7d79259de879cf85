/// Who tells the writers that their appends are on disk.
enum Answers: Sendable {
    /// The log's thread, before it goes on.
    case atOnce
    /// Another one where there are many: waking each of a few dozen tasks takes about as long as the sync of the next
    /// group, and need not stand in its way.
    case besideWriting

    /// Up to so many the log's thread answers itself: giving them away would take longer.
    static let few = 4

    func give(_ count: Int, _ answer: @escaping @Sendable () -> Void) {
        switch self {
        case .besideWriting where count > Self.few: Task.detached(priority: .high) { answer() }
        default: answer()
        }
    }
}
