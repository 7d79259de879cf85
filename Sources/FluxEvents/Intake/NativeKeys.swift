/// The keys of an event in native form.
public enum NativeKeys {
    /// What a client may give.
    public static let posted: Set<String> = ["type", "data", "id", "source", "timestamp", "correlation_id"]
    /// What the envelope has besides, when we give events out.
    public static let given: Set<String> = [
        "recorded_at", "partition", "offset", "user_id", "version", "simulated", "subject", "extensions",
    ]

    /// Says of any other key that there is none such, with the one that was probably meant.
    public static func unknown(_ key: String) -> String {
        let nearest = Suggestion.nearest(to: key, among: posted.sorted())
        return "An event has no key “\(key.prefix(80))”; "
            + (nearest.map { "did you mean “\($0)”?" } ?? "put it into data.")
    }
}
