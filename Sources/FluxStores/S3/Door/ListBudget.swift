/// How often a bucket may be listed for so much money a month. Pure.
///
/// Source: AWS price list, us-east-1, S3 Standard, read 2026-09: 0.005 USD a thousand LIST requests. Regions differ by up to
/// two fifths; a listing page has 1,000 objects.
public struct ListBudget: Sendable, Hashable {
    /// USD a month and store.
    public var amount: Double
    public static let requestPrice = 0.000_005
    public static let pageObjects: Int64 = 1000
    /// The shortest interval that is taken by itself.
    public static let shortest = Duration.seconds(60)
    /// A month of 30 days (seconds).
    static let month = 2_592_000.0

    public init(amount: Double = 1) {
        self.amount = amount
    }

    /// Requests of one listing.
    public static func requests(objects: Int64) -> Int64 { max(1, (objects + pageObjects - 1) / pageObjects) }

    /// What listing so many objects at this interval costs a month (USD).
    public static func cost(objects: Int64, interval: Duration) -> Double {
        let seconds = max(0.001, Double(interval.components.seconds) + Double(interval.components.attoseconds) / 1e18)
        return Double(requests(objects: objects)) * requestPrice * month / seconds
    }

    /// The shortest interval within the budget, in whole seconds.
    ///
    /// - Parameter isFree: the service is not AWS, and its requests cost nothing that we know of.
    public func interval(objects: Int64, isFree: Bool) -> Duration {
        guard !isFree else { return Self.shortest }
        guard amount > 0 else { return .seconds(Int64(Self.month)) }
        let seconds = Double(Self.requests(objects: objects)) * Self.requestPrice * Self.month / amount
        return max(Self.shortest, .seconds(Int64(min(seconds.rounded(.up), Self.month))))
    }
}
