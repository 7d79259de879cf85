public import FluxEvents

/// A store's address: `file:///folder?ignore=*.tmp&interval=1h`. Pure: whether the folder exists is not asked here.
public struct StoreURL: Sendable, Hashable, CustomStringConvertible {
    /// A parameter, in the order given; names may repeat.
    public struct Parameter: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The longest text that is read as a URL (bytes).
    public static let maximumLength = 8192
    /// Schemes of this version.
    public static let schemes = ["file", "s3"]
    /// Schemes that are named in the documentation and come with a later version.
    public static let laterSchemes = ["az", "gs"]

    public var scheme: String
    /// In a folder store its path, else the bucket's name.
    public var bucket: String
    /// What all keys begin with, as it stands: `logs` is that of `logs/a` and of `logs2/a`. Empty in a folder store.
    public var prefix: String
    public var parameters: [Parameter]

    public init(_ text: String) throws(StoreError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw StoreError(
                code: .badURL, message: "The store URL is longer than \(Self.maximumLength) bytes; give a shorter one.")
        }
        guard let (scheme, rest) = Self.split(text, at: "://") else {
            let hint = text.hasPrefix("/") ? "file://\(Self.encodePath(text))" : "file:///folder"
            throw StoreError(
                code: .badURL, message: "“\(text)” is not a store URL; write it like \(hint).")
        }
        self.scheme = scheme.lowercased()
        guard Self.schemes.contains(self.scheme) else {
            throw Self.unknownScheme(self.scheme, in: text)
        }
        guard !rest.contains("#") else {
            throw StoreError(
                code: .badURL,
                message: "“\(text)” has a “#”, which no store URL has; write it as %23 if it is part of the name.")
        }
        let (place, query) = Self.split(rest, at: "?") ?? (rest, "")
        if self.scheme == "file" {
            bucket = try Self.folderPath(place, in: text)
            prefix = ""
        } else {
            (bucket, prefix) = try Self.bucketAndPrefix(place, in: text)
        }
        parameters = try Self.parameters(query, in: text)
    }

    /// A folder store's URL from a path that is absolute and resolved already.
    public init(folder path: String, parameters: [Parameter] = []) {
        scheme = "file"
        bucket = Self.normalise(path)
        prefix = ""
        self.parameters = parameters
    }

    /// The URL without parameters, in its one canonical spelling: what events carry as `source`.
    public var source: String {
        prefix.isEmpty
            ? "\(scheme)://\(Self.encodePath(bucket))"
            : "\(scheme)://\(Self.encodePath(bucket))/\(Self.encodePath(prefix))"
    }

    /// Whether it is a folder of this machine.
    public var isFolder: Bool { scheme == "file" }
    /// In a folder store the absolute path, without a slash at its end (but for `/` itself).
    public var path: String { bucket }

    /// The canonical URL with its parameters.
    public var description: String {
        guard !parameters.isEmpty else { return source }
        let query = parameters.map { "\(Self.encodeQuery($0.name))=\(Self.encodeQuery($0.value))" }
        return "\(source)?\(query.joined(separator: "&"))"
    }

    /// `st_` and a short URL-safe hash of `source`.
    public var id: String {
        let hash = Identifier.derived(source: "cloudflux.store", outsideID: source.utf8)
        return "st_" + hash.drop { $0 != "_" }.dropFirst().prefix(16)
    }

    /// The values given for a parameter, in order.
    public func values(_ name: String) -> [String] {
        parameters.filter { $0.name == name }.map(\.value)
    }

    /// Whether one store lies within the other, or is the same: their folders are equal, or one is above the other. Of a
    /// bucket there is one store, whatever their prefixes: its objects are known by the bucket's name.
    public func overlaps(_ other: StoreURL) -> Bool {
        guard scheme == other.scheme else { return false }
        guard isFolder else { return bucket == other.bucket }
        return Self.contains(path, other.path) || Self.contains(other.path, path)
    }

    private static func contains(_ outer: String, _ inner: String) -> Bool {
        outer == inner || outer == "/" || inner.hasPrefix(outer + "/")
    }
}

// MARK: - Reading

extension StoreURL {
    private static func unknownScheme(_ scheme: String, in text: String) -> StoreError {
        if laterSchemes.contains(scheme) {
            return StoreError(
                code: .unknownScheme,
                message:
                    "“\(scheme)://” stores are not in this version; it watches folders and S3 buckets: file:///folder, "
                    + "s3://bucket.")
        }
        let nearest = Suggestion.nearest(to: scheme, among: schemes + laterSchemes)
        let hint = nearest.map { " Did you mean \($0)://?" } ?? ""
        return StoreError(
            code: .unknownScheme,
            message: "“\(text)” has the scheme “\(scheme)”, which is not known.\(hint) Known are file:// and s3:// "
                + "(\(laterSchemes.map { $0 + "://" }.joined(separator: ", ")) come with a later version).")
    }

    private static func folderPath(_ place: String, in text: String) throws(StoreError) -> String {
        var path = Substring(place)
        if path.hasPrefix("localhost/") { path = path.dropFirst("localhost".count) }
        guard path.hasPrefix("/") else {
            throw StoreError(
                code: .badURL,
                message: "“\(text)” does not name a folder by its absolute path; write three slashes: file:///folder.")
        }
        guard let decoded = PercentCoding.decode(path, plusIsSpace: false), !decoded.utf8.contains(0) else {
            throw StoreError(
                code: .badURL,
                message: "“\(text)” has a % that is not followed by two hexadecimal digits, or that does not spell "
                    + "UTF-8 text; write a % in a name as %25.")
        }
        let normal = normalise(decoded)
        guard !normal.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
            throw StoreError(
                code: .badURL, message: "“\(text)” has “.” or “..” in its path; write the path out.")
        }
        return normal
    }

    private static func bucketAndPrefix(_ place: String, in text: String) throws(StoreError) -> (String, String) {
        let (bucket, prefix) = split(place, at: "/") ?? (place, "")
        guard S3Bucket.isName(bucket) else {
            throw StoreError(
                code: .badURL,
                message:
                    "“\(text)” names no bucket; write it like s3://bucket or s3://bucket/prefix. A bucket's name has 3 "
                    + "to 255 letters, digits, dots, hyphens and underscores.")
        }
        guard let decoded = PercentCoding.decode(Substring(prefix), plusIsSpace: false), !decoded.utf8.contains(0)
        else {
            throw StoreError(
                code: .badURL,
                message:
                    "“\(text)” has a % that is not followed by two hexadecimal digits, or that does not spell UTF-8 "
                    + "text; write a % in a prefix as %25.")
        }
        return (bucket, decoded)
    }

    private static func parameters(_ query: String, in text: String) throws(StoreError) -> [Parameter] {
        var parameters: [Parameter] = []
        for part in query.split(separator: "&") {
            let (name, value) = split(String(part), at: "=") ?? (String(part), "")
            guard let name = PercentCoding.decode(Substring(name), plusIsSpace: false),
                let value = PercentCoding.decode(Substring(value), plusIsSpace: false)
            else {
                throw StoreError(
                    code: .badURL,
                    message: "“\(text)” has a % in its parameters that is not followed by two hexadecimal digits, or "
                        + "that does not spell UTF-8 text; write a % as %25.")
            }
            parameters.append(Parameter(name: name, value: value))
        }
        return parameters
    }

    /// One slash between names, none at the end.
    static func normalise(_ path: String) -> String {
        "/" + path.split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/")
    }

    private static func split(_ text: String, at mark: String) -> (String, String)? {
        let bytes = Array(text.utf8)
        let wanted = Array(mark.utf8)
        guard bytes.count >= wanted.count else { return nil }
        for start in 0...(bytes.count - wanted.count) where bytes[start..<start + wanted.count].elementsEqual(wanted) {
            return (
                String(decoding: bytes[..<start], as: UTF8.self),
                String(decoding: bytes[(start + wanted.count)...], as: UTF8.self)
            )
        }
        return nil
    }
}

// MARK: - What all kinds of stores have

extension StoreURL {
    public var provider: Provider { isFolder ? .file : .aws }

    /// - Throws: where a parameter is not one of this kind of store, or has a value that it does not take.
    public func check() throws(StoreError) {
        if isFolder { _ = try FolderOptions(url: self) } else { _ = try S3Options(url: self) }
    }

    /// The canonical URL without parameters of one that was taken before.
    public static func source(of url: String) -> String { (try? StoreURL(url))?.source ?? url }

    /// The value of `interval`, if it is given.
    static func interval(in url: StoreURL, atLeast shortest: Duration) throws(StoreError) -> Duration? {
        guard let text = url.values("interval").last else { return nil }
        guard let interval = FolderOptions.duration(text), interval >= shortest else {
            throw StoreError(
                code: .badParameter,
                message:
                    "interval=\(text) is no time of at least \(shortest.components.seconds)s; write it like 30s, 5m, 2h "
                    + "or 1d.")
        }
        return interval
    }
}

// MARK: - Writing

extension StoreURL {
    static func encodePath(_ text: String) -> String { PercentCoding.encode(text, keeping: "/") }
    static func encodeQuery(_ text: String) -> String { PercentCoding.encode(text, keeping: "/*") }
}
