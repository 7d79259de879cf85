import FluxEvents

/// Readers at the log's end that want the same filter in the same form: one buffer is written for all of them.
final class LiveGroup {
    struct Key: Hashable {
        var filter: Filter
        var form: FormKey
    }

    let key: Key
    let form: Form
    private(set) var members: [LiveConnection] = []

    init(key: Key, form: Form) {
        self.key = key
        self.form = form
    }

    func add(_ member: LiveConnection) {
        member.slot = members.count
        members.append(member)
    }

    func remove(_ member: LiveConnection) {
        guard member.slot < members.count, members[member.slot] === member else { return }
        let last = members.removeLast()
        if last !== member {
            members[member.slot] = last
            last.slot = member.slot
        }
    }
}
