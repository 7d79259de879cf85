import FluxEvents

/// Credentials that the machine itself gives: a container's, an instance's.
extension CredentialChain {
    /// Hosts that a container's credentials may come from without TLS, besides those of the loopback networks.
    private static let containerHosts = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"]

    func container(now: Timestamp) async throws(StoreError) -> FoundCredentials? {
        let url: String
        if let path = world.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"], !path.isEmpty {
            url = "http://169.254.170.2" + path
        } else if let given = world.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], !given.isEmpty {
            // A query may hold a secret, and says nothing of who is asked.
            let endpoint = try AWSEndpoint(String(given.prefix { $0 != "?" }))
            let isNear =
                Self.containerHosts.contains(endpoint.host) || endpoint.isAddress && endpoint.host.hasPrefix("127.")
                || endpoint.host == "::1"
            guard endpoint.isSecure || isNear else {
                throw Self.missing(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI names the host \(endpoint.host) without TLS; that is taken from "
                        + "this machine and the container service only.")
            }
            url = given
        } else {
            return nil
        }
        let answer = try await fetch(
            SmallRequest(url: url, headers: try containerHeaders()), of: "container role", attempts: 3)
        guard answer.status == 200 else {
            throw Self.missing("The container role gives no credentials (status \(answer.status)).")
        }
        return try Self.found(
            try Self.json(answer.body, of: "The container role"), token: "Token", source: "container role")
    }

    private func containerHeaders() throws(StoreError) -> [AWSRequest.Header] {
        var token = world.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let path = world.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"], !path.isEmpty {
            let bytes: [UInt8]?
            do { bytes = try world.read(path) } catch {
                throw Self.missing("The container's token \(path) cannot be read (\(error)).")
            }
            guard let bytes else { throw Self.missing("There is no container's token at \(path).") }
            token = Self.trimmed(bytes)
        }
        guard let token, !token.isEmpty else { return [.init("Accept", "application/json")] }
        guard !token.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw Self.missing("The container's authorization token has control characters in it.")
        }
        return [.init("Accept", "application/json"), .init("Authorization", token)]
    }

    /// An instance's role, by version 2 of the metadata service only: version 1 can be asked by whoever makes a server
    /// fetch a URL.
    func instanceMetadata(now: Timestamp) async throws(StoreError) -> FoundCredentials? {
        guard world.variables["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let base: String
        if let given = world.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"], !given.isEmpty {
            base = try AWSEndpoint(given).withoutSlash
        } else {
            let isSix = world.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
            base = isSix ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        }
        // Nothing answers there outside of AWS, so that is no error.
        let ask = SmallRequest(
            method: "PUT", url: base + "/latest/api/token",
            headers: [.init("x-aws-ec2-metadata-token-ttl-seconds", "21600")], timeout: .seconds(1))
        guard let granted = try? await world.send(ask), granted.status == 200 else { return nil }
        let headers = [AWSRequest.Header("x-aws-ec2-metadata-token", Self.trimmed(granted.body))]
        let folder = base + "/latest/meta-data/iam/security-credentials/"
        let roles = try await fetch(
            SmallRequest(url: folder, headers: headers), of: "instance metadata", attempts: 2)
        guard roles.status == 200, let role = Self.trimmed(roles.body).split(separator: "\n").first else { return nil }
        let place = "instance role \(role.prefix(64))"
        let answer = try await fetch(
            SmallRequest(url: folder + PercentCoding.encode(String(role)), headers: headers), of: place, attempts: 2)
        guard answer.status == 200 else {
            throw Self.missing("The \(place) gives no credentials (status \(answer.status)).")
        }
        return try Self.found(try Self.json(answer.body, of: "The \(place)"), token: "Token", source: place)
    }

    private func fetch(
        _ request: SmallRequest, of who: String, attempts: Int
    ) async throws(StoreError) -> SmallAnswer {
        var last: any Error = StoreError(code: .unreachable, message: "no answer")
        for _ in 0..<attempts {
            do {
                let answer = try await world.send(request)
                guard answer.status >= 500 else { return answer }
                last = StoreError(code: .unreachable, message: "status \(answer.status)")
            } catch {
                last = error
            }
        }
        throw Self.missing("The \(who) does not answer (\(last)).")
    }
}
