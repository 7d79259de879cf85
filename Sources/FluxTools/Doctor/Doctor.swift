import FluxEvents
import FluxStores
import Glibc
import NIOCore
import NIOPosix

/// Looks at what a server would need, by harmless calls: nothing is written anywhere, and no object is read.
public struct Doctor: Sendable {
    /// Of whose clock more than so much is told (milliseconds); at 15 minutes S3 refuses.
    static let clockTolerance: Int64 = 60_000
    /// Watches below which a folder with many folders cannot be watched whole.
    static let fewWatches = 65_536

    let settings: ResolvedSettings
    let stores: [String]

    /// - Parameters:
    ///   - settings: those of `serve`.
    ///   - stores: URLs besides those of the settings.
    public init(_ settings: ResolvedSettings, stores: [String]) {
        self.settings = settings
        self.stores = settings.texts("store") + stores
    }

    /// - Parameter tell: each finding as it is made.
    public func run(_ tell: (Finding) throws -> Void) async rethrows {
        try tell(dataFolder())
        try tell(await port())
        let urls = stores.map { text in (text, Result { () throws(StoreError) in try Self.url(text) }) }
        if urls.contains(where: { (try? $0.1.get())?.isFolder == true }) { try tell(watches()) }
        let door = S3Door(group: MultiThreadedEventLoopGroup.singleton)
        for (text, url) in urls {
            switch url {
            case .failure(let error): try tell(Finding(.failed, Self.bare(text), error.message))
            case .success(let url) where url.isFolder: try tell(folder(url))
            case .success(let url):
                for finding in await bucket(url, door) { try tell(finding) }
            }
        }
        await door.shutdown()
    }

    private static func url(_ text: String) throws(StoreError) -> StoreURL {
        let url = try StoreURL(text)
        try url.check()
        return url
    }

    /// Without what may be a secret.
    private static func bare(_ text: String) -> String { String(text.prefix { $0 != "?" }) }

    // MARK: This machine

    private func dataFolder() -> Finding {
        let path = settings.text("data") ?? ".cloudflux"
        let what = "data folder"
        var place = path
        if access(place, F_OK) != 0 {
            // It is made; what counts is where.
            place =
                path.split(separator: "/").count > 1 ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : "."
            if path.hasPrefix("/"), place.isEmpty { place = "/" }
        }
        guard access(place, W_OK | X_OK) == 0 else {
            return Finding(
                .failed, what, "\(place) cannot be written (\(String(cString: strerror(errno)))); give it to this user."
            )
        }
        do {
            try FolderVersion.refuseNewer(path)
        } catch {
            return Finding(.failed, what, error.message + ".")
        }
        var space = statvfs()
        guard statvfs(place, &space) == 0 else {
            return Finding(.warning, what, "\(place) does not say how much room it has.")
        }
        let free = Int64(clamping: UInt64(space.f_bavail) &* UInt64(space.f_frsize))
        let reserve = settings.bytes("disk-reserve") ?? 0
        let told = "\(path) has \(free / 1_000_000) MB free"
        return free > reserve + 100_000_000
            ? Finding(.fine, what, told + ".")
            : Finding(
                .failed, what, told + ", and \(reserve / 1_000_000) MB are kept free (--disk-reserve); make room.")
    }

    private func port() async -> Finding {
        let address = settings.address("listen") ?? ("127.0.0.1", 8000)
        let what = "address \(address.host):\(address.port)"
        if let server = try? LocalServer.find(data: settings.text("data") ?? ".cloudflux") {
            return Finding(.fine, what, "a server of this data folder runs (\(server.address)).")
        }
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: address.host, port: address.port).get()
            try? await channel.close()
            return Finding(.fine, what, "it is free.")
        } catch {
            return Finding(.failed, what, "nothing can listen there (\(error)); choose another with --listen.")
        }
    }

    private func watches() -> Finding {
        let path = "/proc/sys/fs/inotify/max_user_watches"
        let limit = FileBytes.read(path, limit: 64).flatMap {
            Int(String(decoding: $0.filter { $0 > 0x20 }, as: UTF8.self))
        }
        guard let limit else { return Finding(.warning, "watches", "\(path) cannot be read.") }
        return limit >= Self.fewWatches
            ? Finding(.fine, "watches", "\(limit) folders can be watched.")
            : Finding(
                .warning, "watches",
                "only \(limit) folders can be watched; others are compared at intervals. Raise fs.inotify.max_user_watches "
                    + "(sysctl).")
    }

    private func folder(_ url: StoreURL) -> Finding {
        do {
            let place = try FolderPlace(url, excluded: [])
            return FolderPlace.isNetwork(place.path)
                ? Finding(.warning, url.source, "it is on a network file system, and is compared at intervals.")
                : Finding(.fine, url.source, "it can be read and watched.")
        } catch {
            return Finding(.failed, url.source, error.message)
        }
    }

    // MARK: Buckets

    private func bucket(_ url: StoreURL, _ door: S3Door) async -> [Finding] {
        var findings: [Finding] = []
        do {
            let found = try await door.credentials(url)
            findings.append(Finding(.fine, url.source, "credentials \(found)."))
        } catch {
            return [Finding(.failed, url.source, error.message)]
        }
        do {
            let client = try door.client(url)
            let page = try await client.list(prefix: Array(url.prefix.utf8), limit: 1)
            let bucket = client.bucket
            findings.append(
                Finding(
                    .fine, url.source,
                    "it can be listed (\(bucket.service.withoutSlash), region \(bucket.region))"
                        + (page.objects.isEmpty ? "; it holds nothing." : ".")))
            findings.append(clock(client, url))
            if let object = page.objects.first, url.values("events").last != nil {
                _ = try await client.head(object.key)
                findings.append(Finding(.fine, url.source, "objects can be looked at (s3:GetObject)."))
            }
            try await door.checkLogs(url)
            let options = try S3Options(url: url)
            if let logs = options.accessLogs {
                findings.append(Finding(.fine, url.source, "its access logs in \(logs.source) can be read."))
            }
            if let trail = options.cloudTrail {
                findings.append(Finding(.fine, url.source, "CloudTrail's files in \(trail.source) can be read."))
            }
            if let queue = try door.queue(url) {
                // What it takes comes again at once.
                _ = try await queue.receive(wait: 0, hidden: 0)
                findings.append(Finding(.fine, url.source, "its queue \(queue.url) can be read."))
            } else {
                findings.append(
                    Finding(
                        .warning, url.source,
                        "no queue of notifications is named (events=), so changes are found when it is listed."))
            }
        } catch {
            findings.append(Finding(.failed, url.source, error.message))
        }
        return findings
    }

    private func clock(_ client: S3Client, _ url: StoreURL) -> Finding {
        guard let skew = client.clockDifference else {
            return Finding(.warning, url.source, "the service does not tell its time.")
        }
        return abs(skew) <= Self.clockTolerance
            ? Finding(.fine, url.source, "its clock and this machine's agree.")
            : Finding(
                .warning, url.source,
                "its clock is \(abs(skew) / 1000) s \(skew > 0 ? "ahead of" : "behind") this machine's; set the clock (NTP)."
            )
    }
}
