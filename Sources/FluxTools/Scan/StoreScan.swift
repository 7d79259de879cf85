import FluxEvents
import FluxStores
import NIOPosix

/// One pass over a store, without a server: nothing is written, and nothing is kept.
public struct StoreScan: Sendable {
    let url: StoreURL
    let kept: Int

    /// - Parameters:
    ///   - url: `file:///folder` or `s3://bucket/prefix`.
    ///   - kept: how many of the largest and oldest are named.
    public init(_ url: String, kept: Int) throws(ToolError) {
        do {
            self.url = try StoreURL(url)
            try self.url.check()
        } catch {
            throw ToolError(.usage, error.message, underlying: error)
        }
        self.kept = kept
    }

    /// - Parameter onProgress: the objects met so far, a few times a second at most.
    public func run(onProgress: (Int64) -> Void) async throws -> ScanTally {
        do {
            return url.isFolder ? try folder(onProgress) : try await bucket(onProgress)
        } catch let error as StoreError {
            throw ToolError(.store, error.message, underlying: error)
        }
    }

    private func folder(_ onProgress: (Int64) -> Void) throws -> ScanTally {
        let place = try FolderPlace(url, excluded: [])
        // Not started, so that nothing is watched.
        let store = FolderStore(root: place.path, options: try FolderOptions(url: url), onEvents: {})
        var tally = ScanTally(kept: kept)
        var walk = store.walk([])
        while true {
            let batch = store.next(&walk, limit: 1000)
            for found in batch.found {
                let modified = FileTime.milliseconds(nanoseconds: found.status.mtimeNanoseconds)
                tally.add(
                    ScanTally.Item(
                        key: found.key, size: found.status.size, modified: Timestamp(milliseconds: modified),
                        storageClass: nil))
            }
            onProgress(tally.total.objects)
            if batch.through == nil { return tally }
        }
    }

    private func bucket(_ onProgress: (Int64) -> Void) async throws -> ScanTally {
        let door = S3Door(group: MultiThreadedEventLoopGroup.singleton)
        var tally = ScanTally(kept: kept)
        do {
            let client = try door.client(url)
            var token: String?
            var order = ListOrder(prefix: Array(url.prefix.utf8), bucket: client.bucket)
            repeat {
                let page = try await client.list(prefix: Array(url.prefix.utf8), token: token)
                try order.take(page)
                for object in page.objects {
                    tally.add(
                        ScanTally.Item(
                            key: object.key, size: object.size, modified: object.lastModified,
                            storageClass: object.storageClass))
                }
                onProgress(tally.total.objects)
                token = page.next
            } while token != nil
        } catch {
            await door.shutdown()
            throw error
        }
        await door.shutdown()
        return tally
    }
}
