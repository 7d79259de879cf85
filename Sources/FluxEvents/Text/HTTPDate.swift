/// Dates as HTTP writes them: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7, the form that is sent today). Pure.
public enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    public static func text(_ time: Timestamp) -> String {
        // `2026-11-23T05:11:20.123Z`, whose parts stand at fixed places; 1970-01-01 was a Thursday.
        let digits = Array(time.rfc3339)
        let day = days[(Int(time.day) % 7 + 7) % 7]
        let month = months[(Int(String(digits[5..<7])) ?? 1) - 1]
        return "\(day), \(String(digits[8..<10])) \(month) \(String(digits[0..<4])) \(String(digits[11..<19])) GMT"
    }

    /// Nil where it is none.
    public static func parse(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT" || words[5] == "UTC", words[0].hasSuffix(","),
            let month = months.firstIndex(where: { $0 == words[2] })
        else { return nil }
        let day = words[1].count == 1 ? "0" + words[1] : String(words[1])
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(rfc3339: "\(words[3])-\(number)-\(day)T\(words[4])Z")
    }
}
