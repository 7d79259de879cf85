import FluxEvents

/// Dates as HTTP writes them: `Mon, 30 Nov 2026 15:12:30 GMT` (RFC 9110, 5.6.7, the form that is sent today). Pure.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func parse(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT" || words[5] == "UTC", words[0].hasSuffix(","),
            let month = months.firstIndex(where: { $0 == words[2] })
        else { return nil }
        let day = words[1].count == 1 ? "0" + words[1] : String(words[1])
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(rfc3339: "\(words[3])-\(number)-\(day)T\(words[4])Z")
    }
}
