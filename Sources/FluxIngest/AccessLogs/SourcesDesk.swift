import Synchronization

/// Opens `sources.sqlite` when the first store has a use for it; one file for all of them.
final class SourcesDesk: Sendable {
    private let path: String
    private let opened = Mutex<SourcesFile?>(nil)

    init(path: String) {
        self.path = path
    }

    func file() throws(IngestError) -> SourcesFile {
        let result: Result<SourcesFile, IngestError> = opened.withLock { opened in
            if let opened { return .success(opened) }
            do throws(IngestError) {
                let fresh = try SourcesFile(path: path)
                opened = fresh
                return .success(fresh)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
