import FluxEvents

/// Roles that are assumed through the security token service.
extension CredentialChain {
    /// The credentials of a profile's role, asked for with those of its source.
    func role(
        of name: String, _ profiles: AWSProfiles, visited: [String], now: Timestamp
    ) async throws(StoreError) -> FoundCredentials {
        guard let settings = profiles[name], let role = settings["role_arn"] else {
            throw Self.missing("The AWS profile “\(name)” names no role.")
        }
        if settings["mfa_serial"] != nil {
            throw Self.missing(
                "The AWS profile “\(name)” needs a code of a device each time (mfa_serial), which a server cannot give; "
                    + "use a profile without.")
        }
        let source = try await source(of: name, settings, profiles, visited: visited, now: now)
        var parameters = [
            ("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", settings["role_session_name"] ?? "cloudflux"),
        ]
        if let id = settings["external_id"] { parameters.append(("ExternalId", id)) }
        if let seconds = settings["duration_seconds"].flatMap({ Int($0) }) {
            parameters.append(("DurationSeconds", String(seconds)))
        }
        let place = "role \(role) of profile “\(name)”"
        let body = Self.form(parameters)
        let service = try serviceURL()
        var signed = AWSRequest(
            method: "POST", host: service.host, path: Array(service.path.utf8),
            headers: [.init("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")])
        SigV4Signer(region: region, service: "sts")
            .sign(&signed, with: source.credentials, payload: .bytes(body), at: now)
        let request = SmallRequest(
            method: "POST", url: service.text, headers: signed.headers, body: body, timeout: .seconds(30))
        let found = try await askForRole(request, place)
        return FoundCredentials(found, source: "\(place), with \(source.source)")
    }

    private func source(
        of name: String, _ settings: AWSProfiles.Settings, _ profiles: AWSProfiles, visited: [String], now: Timestamp
    ) async throws(StoreError) -> FoundCredentials {
        switch (settings["source_profile"], settings["credential_source"]) {
        case (nil, nil):
            throw Self.missing(
                "The AWS profile “\(name)” has role_arn, and neither source_profile nor credential_source says whose "
                    + "credentials may assume it.")
        case (_?, _?):
            throw Self.missing("The AWS profile “\(name)” has both source_profile and credential_source; keep one.")
        case (nil, let kind?): return try await named(kind, by: name, now: now)
        case (let other?, nil):
            guard let there = profiles[other] else {
                throw Self.missing(
                    "The AWS profile “\(name)” takes its credentials from “\(other)”, which there is not.")
            }
            let hasKeys = there["aws_access_key_id"] != nil || there["aws_secret_access_key"] != nil
            guard !visited.contains(other) || (other == name && hasKeys), visited.count < Self.maximumRoles else {
                throw Self.missing(
                    "The AWS profiles \((visited + [other]).joined(separator: " → ")) take their credentials from each "
                        + "other.")
            }
            if Self.isRole(there), !hasKeys {
                return try await role(of: other, profiles, visited: visited + [other], now: now)
            }
            guard let found = try await ofProfile(other, profiles, usesEnvironment: false, now: now) else {
                throw Self.missing("The AWS profile “\(other)”, from which “\(name)” takes its credentials, has none.")
            }
            return found
        }
    }

    private func named(_ kind: String, by name: String, now: Timestamp) async throws(StoreError) -> FoundCredentials {
        let found: FoundCredentials?
        switch kind.lowercased() {
        case "environment": found = try environment()
        case "ecscontainer": found = try await container(now: now)
        case "ec2instancemetadata": found = try await instanceMetadata(now: now)
        default:
            throw Self.missing(
                "The AWS profile “\(name)” has credential_source = \(kind); it is Environment, EcsContainer or "
                    + "Ec2InstanceMetadata.")
        }
        guard let found else {
            throw Self.missing("The AWS profile “\(name)” has credential_source = \(kind), which gives no credentials.")
        }
        return found
    }

    /// A role that a token in a file stands for, as in a Kubernetes pod.
    func webIdentity(
        _ name: String, _ settings: AWSProfiles.Settings, usesEnvironment: Bool, now: Timestamp
    ) async throws(StoreError) -> FoundCredentials? {
        func setting(_ variable: String, _ key: String) -> String? {
            let given = usesEnvironment ? world.variables[variable] : nil
            return (given ?? settings[key]).flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let path = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else { return nil }
        guard let role = setting("AWS_ROLE_ARN", "role_arn") else {
            throw Self.missing(
                "A web identity token is given and no role: set AWS_ROLE_ARN, or role_arn in the profile.")
        }
        let token: [UInt8]?
        do { token = try world.read(Self.expanded(path, world)) } catch {
            throw Self.missing("The web identity token \(path) cannot be read (\(error)).")
        }
        guard let token else { throw Self.missing("There is no web identity token at \(path).") }
        let body = Self.form([
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", setting("AWS_ROLE_SESSION_NAME", "role_session_name") ?? "cloudflux"),
            ("WebIdentityToken", Self.trimmed(token)),
        ])
        let service = try serviceURL()
        let request = SmallRequest(
            method: "POST", url: service.text,
            headers: [.init("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], body: body,
            timeout: .seconds(30))
        let place = "role \(role), by the web identity token \(path)"
        return FoundCredentials(try await askForRole(request, place), source: place)
    }

    private func askForRole(_ request: SmallRequest, _ place: String) async throws(StoreError) -> AWSCredentials {
        let answer: SmallAnswer
        do { answer = try await world.send(request) } catch {
            throw Self.missing("The \(place) could not be assumed: \(request.url) does not answer (\(error)).")
        }
        let parsed: [String: String]
        do throws(XMLReader.Failure) {
            parsed = try XMLFields.read(answer.body)
        } catch {
            throw Self.missing("The \(place) could not be assumed: \(error) (status \(answer.status)).")
        }
        guard answer.status == 200, let key = parsed["AccessKeyId"], let secret = parsed["SecretAccessKey"] else {
            let why = [parsed["Code"], parsed["Message"]].compactMap { $0 }.joined(separator: ": ")
            throw Self.missing(
                "The \(place) could not be assumed: \(why.isEmpty ? "status \(answer.status)" : String(why.prefix(300)))."
            )
        }
        return AWSCredentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: parsed["SessionToken"],
            expiresAt: try Self.expiry(parsed["Expiration"], of: place))
    }

    private struct Service {
        var text: String
        var host: String
        var path: String
    }

    /// Where roles are asked for: `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`, or the region's own.
    private func serviceURL() throws(StoreError) -> Service {
        let given = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].compactMap { world.variables[$0] }
        guard let text = given.first(where: { !$0.isEmpty }) else {
            let host = "sts.\(region).\(AWSPartition.of(region).suffix)"
            return Service(text: "https://\(host)/", host: host, path: "/")
        }
        let endpoint = try AWSEndpoint(text)
        let path = endpoint.path.isEmpty ? "/" : endpoint.path
        return Service(text: endpoint.origin + path, host: endpoint.hostHeader, path: path)
    }

    private static func form(_ parameters: [(String, String)]) -> [UInt8] {
        Array(parameters.map { "\($0)=\(PercentCoding.encode($1))" }.joined(separator: "&").utf8)
    }

    static func trimmed(_ bytes: [UInt8]) -> String {
        let text = bytes.drop { $0 <= 0x20 }
        return String(
            decoding: text.prefix((text.lastIndex { $0 > 0x20 } ?? text.startIndex - 1) + 1 - text.startIndex),
            as: UTF8.self)
    }
}
