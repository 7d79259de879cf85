/// An expression made ready to be asked of many events: its questions in a row, each with the place to go on at after a
/// yes and after a no. So asking neither recurses nor copies any part of the expression.
struct FilterProgram: Sendable {
    private struct Step: Sendable {
        let question: FilterQuestion
        let yes: Int
        let no: Int
    }

    private static let fits = -1
    private static let fails = -2

    /// Each leads only to steps before it, so it ends.
    private var steps: [Step] = []
    private var first = FilterProgram.fits

    init(_ node: FilterNode) {
        first = add(node, yes: Self.fits, no: Self.fails)
    }

    func matches(_ event: FilterView) -> Bool {
        var place = first
        while place >= 0 {
            place = steps[place].question.holds(event) ? steps[place].yes : steps[place].no
        }
        return place == Self.fits
    }

    /// Where to begin, so that the answer to this part of the expression leads on to `yes` or `no`.
    private mutating func add(_ node: FilterNode, yes: Int, no: Int) -> Int {
        switch node {
        case .everything: return yes
        case .and(let nodes): return nodes.reversed().reduce(yes) { next, node in add(node, yes: next, no: no) }
        case .or(let nodes): return nodes.reversed().reduce(no) { next, node in add(node, yes: yes, no: next) }
        case .not(let inner): return add(inner, yes: no, no: yes)
        case .term(let term):
            steps.append(Step(question: FilterQuestion(term), yes: yes, no: no))
            return steps.count - 1
        }
    }
}
