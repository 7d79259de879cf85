public import FluxEvents
import NIOCore

/// Looks for AWS credentials in the order in which botocore, and with it the AWS command line, does:
/// environment, a profile's role, web identity, the credentials file, a profile's program, the config file, container,
/// instance metadata (version 2).
///
/// Single sign-on is left to the AWS command line: `credential_process = aws configure export-credentials --profile NAME`.
/// Source: botocore 1.44, `credentials.py`; AWS SDKs and Tools Reference Guide, "Standardized credential providers".
public struct CredentialChain: Sendable {
    /// Roles that lead to roles.
    public static let maximumRoles = 8
    /// The longest answer of a program or service, and the longest file (bytes).
    public static let maximumAnswerBytes = 1 << 20

    let world: any CredentialSurroundings
    /// A profile asked for by name, before that of the environment.
    let profileName: String?
    /// The region in which roles are asked for.
    let region: String

    /// - Parameters:
    ///   - profile: a profile by name; nil: `AWS_PROFILE`, else `default`.
    ///   - region: where roles are asked for.
    public init(world: any CredentialSurroundings, profile: String? = nil, region: String? = nil) {
        self.world = world
        profileName = profile.flatMap { $0.isEmpty ? nil : $0 }
        self.region = region ?? Self.region(world: world, profile: profile) ?? "us-east-1"
    }

    /// The region that environment or profile name, if any does.
    public static func region(world: any CredentialSurroundings, profile: String? = nil) -> String? {
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let region = world.variables[name], !region.isEmpty { return region }
        }
        let name = profile ?? name(of: world) ?? "default"
        return (try? profiles(world))?[name]?["region"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The profile that the environment names, if it does.
    private static func name(of world: any CredentialSurroundings) -> String? {
        for name in ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"] {
            if let profile = world.variables[name], !profile.isEmpty { return profile }
        }
        return nil
    }

    // MARK: The order

    /// The first credentials there are.
    ///
    /// - Parameter now: tells which have expired.
    /// - Throws: `StoreError` with the code `noCredentials` where there are none, or where the first place that should
    ///   have them does not give any. A later place is not asked then: it would be another identity.
    public func resolve(now: Timestamp) async throws(StoreError) -> FoundCredentials {
        let profiles = try Self.profiles(world)
        let asked = profileName ?? Self.name(of: world)
        // One that is asked for has to be there, also where the environment has keys.
        if let asked, profiles[asked] == nil {
            let nearest = Suggestion.nearest(to: asked, among: profiles.names).map { " Did you mean “\($0)”?" } ?? ""
            throw Self.missing("There is no AWS profile “\(asked)” in \(configPath) or \(credentialsPath).\(nearest)")
        }
        let name = asked ?? "default"
        if profileName == nil, let found = try environment() { return found }
        if Self.isRole(profiles[name]) {
            return try await role(of: name, profiles, visited: [name], now: now)
        }
        if let found = try await ofProfile(name, profiles, usesEnvironment: profileName == nil, now: now) {
            return found
        }
        if let found = try await container(now: now) { return found }
        if let found = try await instanceMetadata(now: now) { return found }
        throw Self.missing(
            "No AWS credentials were found: not in the environment (AWS_ACCESS_KEY_ID), not in the profile “\(name)” of "
                + "\(credentialsPath) or \(configPath), and neither a container nor an instance role gives any. "
                + "Set one of these up; “aws sts get-caller-identity” shows when it works.")
    }

    func environment() throws(StoreError) -> FoundCredentials? {
        guard let key = world.variables["AWS_ACCESS_KEY_ID"], !key.isEmpty else { return nil }
        guard let secret = world.variables["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty else {
            throw Self.missing("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not; set both or none.")
        }
        let tokens = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"].compactMap { world.variables[$0] }
        let expiry = try Self.expiry(world.variables["AWS_CREDENTIAL_EXPIRATION"], of: "AWS_CREDENTIAL_EXPIRATION")
        return FoundCredentials(
            AWSCredentials(
                accessKeyID: key, secretAccessKey: secret, sessionToken: tokens.first { !$0.isEmpty }, expiresAt: expiry
            ),
            source: "environment (AWS_ACCESS_KEY_ID)")
    }

    /// What a profile itself gives, but for a role with a source.
    func ofProfile(
        _ name: String, _ profiles: AWSProfiles, usesEnvironment: Bool, now: Timestamp
    ) async throws(StoreError) -> FoundCredentials? {
        let settings = profiles[name] ?? [:]
        if let found = try await webIdentity(name, settings, usesEnvironment: usesEnvironment, now: now) {
            return found
        }
        if let found = try Self.keys(profiles.credentials[name], "profile “\(name)” of \(credentialsPath)") {
            return found
        }
        if let line = settings["credential_process"] { return try await program(line, profile: name) }
        if let found = try Self.keys(profiles.config[name], "profile “\(name)” of \(configPath)") { return found }
        if settings.keys.contains(where: { $0.hasPrefix("sso_") }) || settings["login_session"] != nil {
            throw Self.missing(
                "The AWS profile “\(name)” signs in by single sign-on, which is left to the AWS command line: make a "
                    + "profile with “credential_process = aws configure export-credentials --profile \(name)”, and name "
                    + "that one in AWS_PROFILE.")
        }
        return nil
    }

    private static func keys(_ settings: AWSProfiles.Settings?, _ place: String) throws(StoreError) -> FoundCredentials?
    {
        guard let settings, let key = settings["aws_access_key_id"], !key.isEmpty else { return nil }
        guard let secret = settings["aws_secret_access_key"], !secret.isEmpty else {
            throw missing("The \(place) has aws_access_key_id and no aws_secret_access_key.")
        }
        let token = settings["aws_session_token"] ?? settings["aws_security_token"]
        return FoundCredentials(
            AWSCredentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token), source: place)
    }

    private func program(_ line: String, profile: String) async throws(StoreError) -> FoundCredentials {
        let place = "credential_process of profile “\(profile)”"
        guard let words = ShellWords.split(line), !words.isEmpty else {
            throw Self.missing("The \(place) has a quote that is not closed.")
        }
        let outcome: ProgramOutcome
        do {
            outcome = try await world.run(words)
        } catch {
            throw Self.missing("The \(place), \(words[0]), could not be run (\(error)).")
        }
        guard outcome.status == 0 else {
            // What it complained of may hold a secret only if the program is careless; people need it to know why.
            let why = Complaint.oneLine(outcome.complaint)
            throw Self.missing(
                "The \(place), \(words[0]), ended with exit code \(outcome.status)\(why.isEmpty ? "" : ": " + why).")
        }
        let answer = try Self.json(outcome.output, of: "The \(place)")
        guard answer["Version"]?.int64 == 1 else {
            throw Self.missing("The \(place) did not answer with \"Version\": 1, the only one there is.")
        }
        return try Self.found(answer, token: "SessionToken", source: place)
    }

    // MARK: What many of them need

    /// Credentials from a JSON answer.
    static func found(_ answer: JSONValue, token: String, source: String) throws(StoreError) -> FoundCredentials {
        guard let key = answer["AccessKeyId"]?.string, let secret = answer["SecretAccessKey"]?.string,
            !key.isEmpty, !secret.isEmpty
        else {
            let code = answer["Code"]?.string ?? answer["code"]?.string
            let why = answer["Message"]?.string ?? answer["message"]?.string
            let said = [code, why].compactMap { $0 }.filter { $0 != "Success" }.joined(separator: ": ")
            throw missing("The \(source) answered without credentials\(said.isEmpty ? "" : " (\(said.prefix(200)))").")
        }
        let credentials = AWSCredentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: answer[token]?.string,
            expiresAt: try expiry(answer["Expiration"]?.string, of: source))
        return FoundCredentials(credentials, source: source)
    }

    static func json(_ bytes: [UInt8], of who: String) throws(StoreError) -> JSONValue {
        do {
            return try JSONDocument.parse(ByteBuffer(bytes: bytes)).root
        } catch {
            // The answer itself is not shown: it may hold half a secret.
            throw missing("\(who) did not answer with JSON.")
        }
    }

    static func expiry(_ text: String?, of who: String) throws(StoreError) -> Timestamp? {
        guard let text, !text.isEmpty else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw missing("The \(who) gives a time of expiry that is none (\(text.prefix(40))).")
        }
        return time
    }

    static func missing(_ message: String) -> StoreError { StoreError(code: .noCredentials, message: message) }

    static func isRole(_ settings: AWSProfiles.Settings?) -> Bool {
        settings?["role_arn"] != nil && settings?["web_identity_token_file"] == nil
    }

    // MARK: Files

    var configPath: String { Self.path("AWS_CONFIG_FILE", "config", world).shown }
    var credentialsPath: String { Self.path("AWS_SHARED_CREDENTIALS_FILE", "credentials", world).shown }

    static func profiles(_ world: any CredentialSurroundings) throws(StoreError) -> AWSProfiles {
        AWSProfiles(
            config: try text(path("AWS_CONFIG_FILE", "config", world).real, world),
            credentials: try text(path("AWS_SHARED_CREDENTIALS_FILE", "credentials", world).real, world))
    }

    private static func path(
        _ variable: String, _ name: String, _ world: any CredentialSurroundings
    ) -> (real: String, shown: String) {
        guard let given = world.variables[variable], !given.isEmpty else {
            return ("\(world.home)/.aws/\(name)", "~/.aws/\(name)")
        }
        return (expanded(given, world), given)
    }

    static func expanded(_ path: String, _ world: any CredentialSurroundings) -> String {
        path == "~" || path.hasPrefix("~/") ? world.home + path.dropFirst() : path
    }

    private static func text(_ path: String, _ world: any CredentialSurroundings) throws(StoreError) -> String? {
        let bytes: [UInt8]?
        do { bytes = try world.read(path) } catch {
            throw missing("\(path) cannot be read (\(error)).")
        }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
