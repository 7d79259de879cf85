import FluxEvents
import Foundation
import NIOCore
import Testing

@testable import FluxStores

/// `conformance/clouds/credentials` lets botocore judge thousands of environments.
@Suite struct CredentialChainTests {
    private static let now = Timestamp(milliseconds: 1_796_000_000_000)

    private static func find(_ world: FakeWorld, profile: String? = nil) async throws -> FoundCredentials {
        try await CredentialChain(world: world, profile: profile).resolve(now: now)
    }

    private static func failure(_ world: FakeWorld, profile: String? = nil) async -> String {
        do {
            return "found \(try await find(world, profile: profile))"
        } catch {
            return "\(error)"
        }
    }

    private static func json(_ key: String, token: String = "Token") -> SmallAnswer {
        SmallAnswer(
            status: 200,
            body: Array(
                #"{"Version":1,"AccessKeyId":"\#(key)","SecretAccessKey":"s","\#(token)":"t","Expiration":"2026-12-01T00:00:00Z"}"#
                    .utf8))
    }

    private static func role(_ key: String) -> SmallAnswer {
        SmallAnswer(
            status: 200,
            body: Array(
                """
                <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>\
                <Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                <SessionToken>t</SessionToken><Expiration>2026-12-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
                </AssumeRoleResponse>
                """.utf8))
    }

    @Test func theEnvironmentIsFirst() async throws {
        let world = FakeWorld(
            ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"],
            files: ["/home/me/.aws/credentials": "[default]\naws_access_key_id=FILE\naws_secret_access_key=s"])
        let found = try await Self.find(world)
        #expect(found.credentials.accessKeyID == "ENV")
        #expect(found.credentials.sessionToken == "t")
        #expect(found.source == "environment (AWS_ACCESS_KEY_ID)")
        // A profile asked for by name is meant.
        #expect(try await Self.find(world, profile: "default").credentials.accessKeyID == "FILE")
    }

    @Test func aRoleIsAskedForWithItsSourcesKeys() async throws {
        let world = FakeWorld(
            ["AWS_PROFILE": "ops", "AWS_REGION": "eu-central-1"],
            files: [
                "/home/me/.aws/config":
                    "[profile ops]\nrole_arn=arn:aws:iam::1:role/ops\nsource_profile=base\nexternal_id=a b\n",
                "/home/me/.aws/credentials": "[base]\naws_access_key_id=BASE\naws_secret_access_key=s",
            ],
            answer: { _ in Self.role("ASSUMED") })
        let found = try await Self.find(world)
        #expect(found.credentials.accessKeyID == "ASSUMED")
        #expect(found.credentials.expiresAt == Timestamp(rfc3339: "2026-12-01T00:00:00Z"))
        #expect(found.source.contains("role arn:aws:iam::1:role/ops of profile “ops”, with profile “base”"))
        let asked = try #require(world.requests.first)
        #expect(asked.url == "https://sts.eu-central-1.amazonaws.com/")
        #expect(String(decoding: asked.body, as: UTF8.self).contains("ExternalId=a%20b"))
        #expect(asked.headers.contains { $0.name == "Authorization" && $0.value.contains("Credential=BASE/") })
        #expect(!"\(asked)".contains("BASE"))
    }

    @Test func profilesThatLeadToEachOther() async {
        let world = FakeWorld(
            ["AWS_PROFILE": "a"],
            files: [
                "/home/me/.aws/config":
                    "[profile a]\nrole_arn=x\nsource_profile=b\n[profile b]\nrole_arn=y\nsource_profile=a\n"
            ])
        #expect(await Self.failure(world).contains("a → b → a take their credentials from each other"))
    }

    @Test func aTokenInAFileStandsForARole() async throws {
        let world = FakeWorld(
            ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/pod"],
            files: ["/token": "abc.def\n"], answer: { _ in Self.role("POD") })
        #expect(try await Self.find(world).credentials.accessKeyID == "POD")
        let body = String(decoding: world.requests.first?.body ?? [], as: UTF8.self)
        #expect(body.contains("Action=AssumeRoleWithWebIdentity") && body.hasSuffix("WebIdentityToken=abc.def"))
        #expect(world.requests.first?.headers.contains { $0.name == "Authorization" } == false)
    }

    @Test func aProgramGivesThem() async throws {
        let files = ["/home/me/.aws/config": "[default]\ncredential_process = /opt/get 'a b'\n"]
        let world = FakeWorld(
            files: files,
            program: { words in
                words == ["/opt/get", "a b"]
                    ? ProgramOutcome(status: 0, output: Self.json("PROGRAM", token: "SessionToken").body, complaint: [])
                    : nil
            })
        let found = try await Self.find(world)
        #expect(found.credentials.accessKeyID == "PROGRAM")
        #expect(found.credentials.sessionToken == "t")
        let failing = FakeWorld(
            files: files,
            program: { _ in ProgramOutcome(status: 3, output: Array("SECRET".utf8), complaint: Array("no\nway".utf8)) })
        let failure = await Self.failure(failing)
        #expect(failure.contains("ended with exit code 3: no way") && !failure.contains("SECRET"))
        let odd = FakeWorld(
            files: files, program: { _ in ProgramOutcome(status: 0, output: Array("SECRET".utf8), complaint: []) })
        let words = await Self.failure(odd)
        #expect(words.contains("did not answer with JSON") && !words.contains("SECRET"))
    }

    @Test func aContainerGivesThem() async throws {
        let world = FakeWorld(
            [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/creds",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/auth",
            ],
            files: ["/auth": "bearer\n"], answer: { _ in Self.json("CONTAINER") })
        #expect(try await Self.find(world).credentials.accessKeyID == "CONTAINER")
        #expect(world.requests.first?.headers.contains { $0.name == "Authorization" && $0.value == "bearer" } == true)
        // A query may hold a secret.
        let secret = FakeWorld([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1.example.com/creds?token=hunter2"
        ])
        let words = await Self.failure(secret)
        #expect(words.contains("without TLS") && !words.contains("hunter2"))
        let elsewhere = FakeWorld(
            ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/creds"], answer: { _ in Self.json("X") })
        #expect(await Self.failure(elsewhere).contains("names the host example.com without TLS"))
        #expect(elsewhere.requests.isEmpty)
    }

    @Test func anInstanceGivesThemByVersionTwoOnly() async throws {
        let world = FakeWorld(answer: { request in
            switch (request.method, request.url) {
            case ("PUT", "http://169.254.169.254/latest/api/token"): SmallAnswer(status: 200, body: Array("tok".utf8))
            case ("GET", let url) where url.hasSuffix("/security-credentials/"):
                SmallAnswer(status: 200, body: Array("my role".utf8))
            case ("GET", let url) where url.hasSuffix("/security-credentials/my%20role"): Self.json("INSTANCE")
            default: nil
            }
        })
        #expect(try await Self.find(world).credentials.accessKeyID == "INSTANCE")
        #expect(
            world.requests.dropFirst().allSatisfy {
                $0.headers.contains { $0.name == "x-aws-ec2-metadata-token" && $0.value == "tok" }
            })
        let off = FakeWorld(["AWS_EC2_METADATA_DISABLED": "true"])
        #expect(await Self.failure(off).contains("No AWS credentials were found"))
        #expect(off.requests.isEmpty)
        let firstVersion = FakeWorld(answer: {
            $0.method == "PUT" ? SmallAnswer(status: 404, body: []) : Self.json("X")
        })
        #expect(await Self.failure(firstVersion).contains("No AWS credentials were found"))
    }

    @Test(arguments: [
        (["AWS_ACCESS_KEY_ID": "A"], "", "AWS_SECRET_ACCESS_KEY is not"),
        (["AWS_PROFILE": "opz"], "[profile ops]\nregion=x", "There is no AWS profile “opz”"),
        ([:], "[default]\naws_access_key_id=A", "has aws_access_key_id and no aws_secret_access_key"),
        ([:], "[default]\nrole_arn=r", "neither source_profile nor credential_source"),
        ([:], "[default]\nrole_arn=r\nsource_profile=x\ncredential_source=Environment", "has both"),
        ([:], "[default]\nrole_arn=r\nsource_profile=x", "from “x”, which there is not"),
        (
            [:], "[default]\nrole_arn=r\ncredential_source=Moon",
            "it is Environment, EcsContainer or Ec2InstanceMetadata"
        ),
        ([:], "[default]\nrole_arn=r\nmfa_serial=m\nsource_profile=default", "which a server cannot give"),
        ([:], "[default]\nsso_session=x", "aws configure export-credentials --profile default"),
        ([:], "[default]\nweb_identity_token_file=/none\nrole_arn=r", "There is no web identity token at /none"),
    ])
    func oneSentenceSaysWhatIsMissing(_ variables: [String: String], _ config: String, _ words: String) async {
        let failure = await Self.failure(FakeWorld(variables, files: ["/home/me/.aws/config": config]))
        #expect(failure.contains(words), "\(failure)")
    }

    // MARK: Keeping them

    private actor Source {
        var asked = 0
        var fails = false
        let life: Int64?

        init(life: Int64?) { self.life = life }

        func fail(_ value: Bool) { fails = value }

        func next(_ now: Timestamp) throws(StoreError) -> FoundCredentials {
            asked += 1
            guard !fails else { throw CredentialChain.missing("gone") }
            let expiry = life.map { Timestamp(milliseconds: now.milliseconds + $0) }
            return FoundCredentials(
                AWSCredentials(accessKeyID: "K\(asked)", secretAccessKey: "s", expiresAt: expiry), source: "test")
        }
    }

    private static func at(_ minutes: Int64) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds + minutes * 60_000)
    }

    private static func keeper(_ source: Source) -> CredentialKeeper {
        CredentialKeeper { now throws(StoreError) in try await source.next(now) }
    }

    @Test func newOnesComeBeforeTheOldExpire() async throws {
        let source = Source(life: 60 * 60_000)
        let keeper = Self.keeper(source)
        #expect(try await keeper.credentials(now: Self.at(0)).credentials.accessKeyID == "K1")
        #expect(try await keeper.credentials(now: Self.at(44)).credentials.accessKeyID == "K1")
        #expect(try await keeper.credentials(now: Self.at(46)).credentials.accessKeyID == "K2")
        // As long as the old ones hold, no new ones are no failure, and are not asked for without end.
        await source.fail(true)
        #expect(try await keeper.credentials(now: Self.at(95)).credentials.accessKeyID == "K2")
        #expect(try await keeper.credentials(now: Self.at(95)).credentials.accessKeyID == "K2")
        #expect(await source.asked == 3)
        await #expect(throws: StoreError.self) { try await keeper.credentials(now: Self.at(107)) }
    }

    @Test func shortLivedOnesAreNotAskedForEachTime() async throws {
        let source = Source(life: 10 * 60_000)
        let keeper = Self.keeper(source)
        for second in 0..<50 {
            let now = Timestamp(milliseconds: Self.now.milliseconds + Int64(second) * 1000)
            #expect(try await keeper.credentials(now: now).credentials.accessKeyID == "K1")
        }
        #expect(try await keeper.credentials(now: Self.at(2)).credentials.accessKeyID == "K2")
    }

    @Test func whoIsCancelledDoesNotWait() async throws {
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        let keeper = CredentialKeeper { _ throws(StoreError) in
            for await _ in never {}
            throw CredentialChain.missing("ended")
        }
        let task = Task { try await keeper.credentials(now: Self.now) }
        while await !keeper.isWaitedFor { await Task.yield() }
        task.cancel()
        await #expect(throws: StoreError.self) { try await task.value }
    }

    @Test func aProgramIsRunToItsEnd() throws {
        let environment = ["PATH": "/usr/bin:/bin", "WORD": "hello"]
        func run(_ script: String, seconds: Int = 20) throws -> ProgramOutcome {
            try ChildProgram.run(["sh", "-c", script], environment: environment, for: .seconds(seconds))
        }
        let done = try run("echo $WORD; echo trouble >&2; exit 3")
        #expect(String(decoding: done.output, as: UTF8.self) == "hello\n")
        #expect(String(decoding: done.complaint, as: UTF8.self) == "trouble\n")
        #expect(done.status == 3)
        #expect(try run("kill -9 $$").status == 137)
        #expect(try run("head -c 300000 /dev/zero").output.count == 300_000)
        // What it leaves behind is not waited for, nor is what does not end, nor what never stops talking.
        #expect(try run("sleep 600 & echo x").output == Array("x\n".utf8))
        #expect(throws: ChildProgram.Failure.self) { try run("sleep 600", seconds: 1) }
        #expect(throws: ChildProgram.Failure.self) { try run("yes") }
        #expect(throws: ChildProgram.Failure.self) {
            try ChildProgram.run(["/not/there"], environment: [:], for: .seconds(1))
        }
    }

    @Test func refusedOnesAreLookedForAnew() async throws {
        let source = Source(life: nil)
        let keeper = Self.keeper(source)
        let first = try await keeper.credentials(now: Self.at(0))
        #expect(try await keeper.credentials(now: Self.at(1_000_000)) == first)
        await keeper.refused(first.credentials)
        let second = try await keeper.credentials(now: Self.at(0))
        #expect(second.credentials.accessKeyID == "K2")
        // The refusal of those before says nothing of these.
        await keeper.refused(first.credentials)
        #expect(try await keeper.credentials(now: Self.at(0)) == second)
    }
}

/// Answers the judge's questions; does nothing by itself.
@Suite struct CredentialJudgeTests {
    private static var input: String? { ProcessInfo.processInfo.environment["FLUX_CREDENTIALS_IN"] }

    @Test(.enabled(if: input != nil)) func looksForTheJudge() async throws {
        let path = try #require(Self.input)
        let output = try #require(ProcessInfo.processInfo.environment["FLUX_CREDENTIALS_OUT"])
        var answers = ""
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let given = try JSONDocument.parse(ByteBuffer(string: String(line))).root
            var variables: [String: String] = [:]
            for (name, value) in try #require(given["variables"]?.members) { variables[name] = value.string }
            var files = [
                "/home/me/.aws/config": given["config"]?.string,
                "/home/me/.aws/credentials": given["credentials"]?.string,
            ]
            .compactMapValues { $0 }
            // The one token there is, wherever the judge keeps it.
            for word in line.split(separator: "\"").flatMap({ $0.split(separator: " ") }) where word.contains("/token")
            {
                files[String(word.split(separator: "\\n")[0])] = "identity-token"
            }
            let world = FakeWorld(variables, files: files, program: Self.give, answer: Self.answer)
            var json = JSONWriter()
            json.beginObject()
            do {
                let found = try await CredentialChain(world: world).resolve(now: .now())
                json.key("found")
                json.beginArray()
                json.string(found.credentials.accessKeyID)
                if let token = found.credentials.sessionToken { json.string(token) } else { json.null() }
                json.endArray()
                json.field("why", found.source)
            } catch {
                json.key("found")
                json.null()
                json.field("why", error.message)
            }
            json.endObject()
            answers += String(buffer: json.buffer) + "\n"
        }
        try Data(answers.utf8).write(to: URL(filePath: output))
    }

    @Sendable private static func give(_ words: [String]) -> ProgramOutcome? {
        guard words.count >= 2, words[0].hasSuffix("/give.sh") else { return nil }
        let token = words.count > 2 ? #","SessionToken":"\#(words[2])""# : ""
        let text = #"{"Version":1,"AccessKeyId":"\#(words[1])","SecretAccessKey":"s"\#(token)}"#
        return ProgramOutcome(status: 0, output: Array(text.utf8), complaint: [])
    }

    @Sendable private static func answer(_ request: SmallRequest) -> SmallAnswer? {
        guard request.method == "POST" else {
            let text =
                #"{"AccessKeyId":"CONTAINER","SecretAccessKey":"s","Token":"lent","Expiration":"2099-01-01T00:00:00Z"}"#
            return SmallAnswer(status: 200, body: Array(text.utf8))
        }
        var form: [String: String] = [:]
        for pair in String(decoding: request.body, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            form[String(parts[0])] = parts.count == 2 ? PercentCoding.decode(parts[1], plusIsSpace: true) : ""
        }
        let header = request.headers.first { $0.name == "Authorization" }?.value
        let signer = header?.split(separator: "Credential=").last?.split(separator: "/").first.map(String.init)
        let who = signer ?? form["WebIdentityToken"] ?? ""
        let key = "\(form["Action"] ?? "")|\(form["RoleArn"] ?? "")|\(who)|\(form["ExternalId"] ?? "")"
        return SmallAnswer(
            status: 200,
            body: Array(
                """
                <R><AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>lent</SessionToken>\
                <Expiration>2099-01-01T00:00:00Z</Expiration></R>
                """.utf8))
    }
}
