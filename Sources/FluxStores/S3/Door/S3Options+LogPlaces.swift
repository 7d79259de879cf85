import FluxEvents

extension S3Options {
    /// What a bucket of logs may be told beside its name and prefix.
    static let logPlaceParameterNames = ["region", "endpoint", "style", "profile"]

    /// The bucket that a parameter names as the place of logs. Where it brings no parameters of its own it is reached like
    /// the store's: a region has its logs delivered within itself.
    static func logPlace(of url: StoreURL, parameter: String) throws(StoreError) -> StoreURL? {
        guard let text = url.values(parameter).last else { return nil }
        var logs: StoreURL
        do throws(StoreError) {
            logs = try StoreURL(text)
        } catch {
            throw StoreError(
                code: .badParameter, message: "\(parameter)=\(place(text)) cannot be used: \(error.message)",
                underlying: error)
        }
        guard !logs.isFolder else {
            throw StoreError(
                code: .badParameter,
                message: "\(parameter)=\(place(text)) is no bucket; write it like \(parameter)=s3://bucket/prefix.")
        }
        if let other = logs.parameters.first(where: { !logPlaceParameterNames.contains($0.name) }) {
            throw StoreError(
                code: .badParameter,
                message:
                    "The bucket of \(parameter) has no parameter “\(other.name)”; it has "
                    + "\(logPlaceParameterNames.joined(separator: ", ")).")
        }
        if logs.parameters.isEmpty {
            logs.parameters = url.parameters.filter { logPlaceParameterNames.contains($0.name) }
        }
        _ = try S3Options(url: logs)
        return logs
    }

    /// Without what may be a secret.
    private static func place(_ text: String) -> String { String(text.prefix { $0 != "?" }.prefix(200)) }
}
