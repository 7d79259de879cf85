import FluxEvents

extension S3Options {
    /// What a bucket of access logs may be told beside its name and prefix.
    static let accessLogParameterNames = ["region", "endpoint", "style", "profile"]

    /// The bucket of the access logs. Where it brings no parameters of its own it is reached like the store's: a region
    /// has its logs delivered within itself.
    static func accessLogPlace(of url: StoreURL) throws(StoreError) -> StoreURL? {
        guard let text = url.values("access-logs").last else { return nil }
        var logs: StoreURL
        do throws(StoreError) {
            logs = try StoreURL(text)
        } catch {
            throw StoreError(
                code: .badParameter, message: "access-logs=\(place(text)) cannot be used: \(error.message)",
                underlying: error)
        }
        guard !logs.isFolder else {
            throw StoreError(
                code: .badParameter,
                message: "access-logs=\(place(text)) is no bucket; write it like access-logs=s3://bucket/prefix.")
        }
        if let other = logs.parameters.first(where: { !accessLogParameterNames.contains($0.name) }) {
            throw StoreError(
                code: .badParameter,
                message:
                    "The bucket of access-logs has no parameter “\(other.name)”; it has "
                    + "\(accessLogParameterNames.joined(separator: ", ")).")
        }
        if logs.parameters.isEmpty {
            logs.parameters = url.parameters.filter { accessLogParameterNames.contains($0.name) }
        }
        _ = try S3Options(url: logs)
        return logs
    }

    /// Without what may be a secret.
    private static func place(_ text: String) -> String { String(text.prefix { $0 != "?" }.prefix(200)) }
}
