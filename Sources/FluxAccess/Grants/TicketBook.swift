/// Tickets: what a browser puts in the address of a WebSocket or event stream instead of its token, usable once.
///
/// A value without a clock; bounded.
struct TicketBook: Sendable {
    private struct Ticket: Sendable {
        var principal: Principal
        var expiresAt: Int64
        var number: UInt64
    }

    private let lifetime: Int64
    private let limit: Int
    private var tickets: [Digest256: Ticket] = [:]
    private var next: UInt64 = 0

    init(lifetime: Int64, limit: Int) {
        self.lifetime = lifetime
        self.limit = limit
    }

    var count: Int { tickets.count }

    /// Keeps the hash of a ticket that the caller made of random bits. Past the limit the oldest goes.
    mutating func add(_ hash: Digest256, for principal: Principal, now: Int64) {
        if tickets.count >= limit { tickets = tickets.filter { now < $0.value.expiresAt } }
        if tickets.count >= limit, let oldest = tickets.min(by: { $0.value.number < $1.value.number })?.key {
            tickets[oldest] = nil
        }
        tickets[hash] = Ticket(principal: principal, expiresAt: now + lifetime, number: next)
        next += 1
    }

    /// Whose ticket it is; a second time, or too late, nil.
    mutating func redeem(_ hash: Digest256, now: Int64) -> Principal? {
        guard let ticket = tickets.removeValue(forKey: hash), now < ticket.expiresAt else { return nil }
        return ticket.principal
    }

    mutating func remove(grants: Set<GrantID>) {
        guard !grants.isEmpty, !tickets.isEmpty else { return }
        tickets = tickets.filter { !grants.contains($0.value.principal.grant) }
    }
}
