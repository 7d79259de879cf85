import Testing

@testable import FluxStores

@Suite struct ProfilesTests {
    @Test func theCredentialsFileComesBeforeTheConfigFile() {
        let profiles = AWSProfiles(
            config: """
                # whose
                [default]
                region = eu-central-1
                aws_access_key_id = FROM-CONFIG
                s3 =
                  addressing_style = path
                [profile ops]
                role_arn = arn:aws:iam::1:role/ops
                external_id = x # no comment
                source_profile=default
                [sso-session x]
                sso_region = eu-west-1
                [services y]
                """,
            credentials: "[default]\naws_access_key_id: FROM-CREDENTIALS\n[other]\nAWS_Access_Key_Id = OTHER#1\n")
        #expect(profiles["default"]?["aws_access_key_id"] == "FROM-CREDENTIALS")
        #expect(profiles["default"]?["region"] == "eu-central-1")
        #expect(profiles["default"]?["s3.addressing_style"] == "path")
        #expect(profiles["ops"]?["role_arn"] == "arn:aws:iam::1:role/ops")
        #expect(profiles["ops"]?["external_id"] == "x # no comment")
        #expect(profiles["other"]?["aws_access_key_id"] == "OTHER#1")
        #expect(profiles.names == ["default", "ops", "other"])
        #expect(profiles["nobody"] == nil)
    }

    @Test(arguments: [
        "[default]\nregion = wrong\n[profile default]\nregion = right",
        "[profile default]\nregion = right\n[default]\nregion = wrong",
        "[profile \"default\"]\nregion=right",
    ])
    func profileDefaultIsWrittenInTwoWays(_ text: String) {
        #expect(AWSProfiles(config: text, credentials: nil)["default"]?["region"] == "right")
    }

    @Test(arguments: [
        "", "[", "[]", "no section = 1", "[default\nregion = x", "\r\n\r\n", "[default]\n = x\n:\n=",
        "[default]\r\nregion = eu-west-1\r\n", "\u{0}[default]\u{0}",
    ])
    func whateverTheFileHolds(_ text: String) {
        _ = AWSProfiles(config: text, credentials: text).names
    }

    @Test func wordsOfACommandLine() {
        #expect(ShellWords.split(#"get 'a b' "c \" \d" e\ f '' "#) == ["get", "a b", #"c " \d"#, "e f", ""])
        #expect(ShellWords.split("  ") == [])
        #expect(ShellWords.split("'open") == nil)
        #expect(ShellWords.split("end\\") == nil)
    }
}
