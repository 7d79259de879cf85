import FluxEvents
import Testing

@testable import FluxStores

@Suite struct RetryTests {
    @Test func waitsGrowAndEnd() {
        let policy = RetryPolicy()
        #expect(policy.wait(after: 1, .transient, chance: 0.5) == 100)
        #expect(policy.wait(after: 2, .transient, chance: 0.5) == 200)
        #expect(policy.wait(after: 4, .throttled, chance: 0.999) ?? 0 > 7_000)
        #expect(policy.wait(after: 5, .transient, chance: 0.5) == nil)
        #expect(policy.wait(after: 1, .lasting, chance: 0.5) == nil)
        // What the service asks for is kept to, within reason.
        #expect(policy.wait(after: 1, .throttled, retryAfter: 3_000, chance: 0) == 3_000)
        #expect(policy.wait(after: 1, .throttled, retryAfter: 3_600_000, chance: 0) == policy.longest)
    }

    @Test func theBudgetRunsOutAndFillsAgain() {
        var budget = RetryBudget()
        var taken = 0
        while budget.take() { taken += 1 }
        #expect(taken == RetryBudget.capacity / RetryBudget.cost)
        for _ in 0..<RetryBudget.cost { budget.succeeded(after: 0) }
        var more = budget.take()
        #expect(more)
        more = budget.take()
        #expect(!more)
        budget.succeeded(after: 2)
        more = budget.take()
        #expect(more)
        for _ in 0..<10_000 { budget.succeeded(after: 0) }
        #expect(budget.left == RetryBudget.capacity)
    }

    @Test func whatIsTriedAgain() {
        #expect(RetryPolicy.cause(status: 503, code: "SlowDown") == .throttled)
        #expect(RetryPolicy.cause(status: 429, code: nil) == .throttled)
        #expect(RetryPolicy.cause(status: 500, code: nil) == .transient)
        #expect(RetryPolicy.cause(status: 400, code: "RequestTimeout") == .transient)
        #expect(RetryPolicy.cause(status: 403, code: "AccessDenied") == .lasting)
        #expect(RetryPolicy.cause(status: 501, code: nil) == .lasting)
    }

    @Test func retryAfterIsSecondsOrADate() {
        let now = Timestamp(milliseconds: 1_796_051_550_000)
        #expect(RetryPolicy.retryAfter("3", now: now) == 3_000)
        #expect(RetryPolicy.retryAfter("99999999999999", now: now) == 86_400_000)
        #expect(RetryPolicy.retryAfter("Mon, 30 Nov 2026 15:12:40 GMT", now: now) == 10_000)
        #expect(RetryPolicy.retryAfter("Mon, 30 Nov 2026 15:12:20 GMT", now: now) == 0)
        for text in [nil, "-1", "soon", "Mon, 30 Nov 2026", "Mon, 30 Foo 2026 15:12:40 GMT"] {
            #expect(RetryPolicy.retryAfter(text, now: now) == nil)
        }
    }

    @Test func listingsStayWithinTheirBudget() {
        let budget = ListBudget(amount: 1)
        #expect(budget.interval(objects: 0, isFree: false) == .seconds(60))
        #expect(budget.interval(objects: 4_000, isFree: false) == .seconds(60))
        #expect(budget.interval(objects: 1_000_000, isFree: false) == .seconds(12_960))
        #expect(budget.interval(objects: 1_000_000, isFree: true) == .seconds(60))
        #expect(ListBudget(amount: 0).interval(objects: 1, isFree: false) == .seconds(2_592_000))
        for objects: Int64 in [0, 1, 1_000, 1_001, 123_456, 9_000_000] {
            for amount in [0.1, 1, 25] {
                let interval = ListBudget(amount: amount).interval(objects: objects, isFree: false)
                #expect(ListBudget.cost(objects: objects, interval: interval) <= max(amount, 0.22))
            }
        }
        #expect(ListBudget.cost(objects: 1_000_000, interval: .seconds(12_960)) == 1)
    }
}
