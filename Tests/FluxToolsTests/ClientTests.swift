import NIOCore
import Testing

@testable import FluxTools

@Suite struct ProblemTests {
    private func told(_ status: Int, _ json: String) -> ToolError {
        Problem.error(status: status, body: ByteBuffer(string: json))
    }

    @Test func aRefusedOptionIsAUsageErrorWithItsPlaceAndSuggestion() {
        let error = told(
            400,
            #"{"title":"The request is malformed","detail":"There is no field “typ”.","parameter":"filter","position":3,"suggestion":"type"}"#
        )
        #expect(error.code == .usage)
        #expect(error.message == "--filter: There is no field “typ” (at character 3); did you mean “type”?")
    }

    @Test func aRefusedCursorIsNamedAsItWasGiven() {
        let error = told(400, #"{"title":"T","detail":"It is none.","parameter":"cursor"}"#)
        #expect(error.code == .usage && error.message == "--from: It is none")
    }

    @Test(arguments: [
        (400, #"{"title":"T","detail":"D"}"#, "T: D (400)"), (409, #"{"title":"T","detail":"T"}"#, "T (409)"),
        (400, #"{"title":"T","detail":"D","parameter":"other"}"#, "T: D (400)"),
        (422, #"{"title":"T","detail":"D","parameter":"filter"}"#, "T: D (422)"),
        (502, "<html>\n<b>bad</b>\r\n", "the server answered 502: <html> <b>bad</b>"),
        (500, "", "the server answered 500"),
    ])
    func everythingElseIsTheServers(status: Int, body: String, words: String) {
        let error = told(status, body)
        #expect(error.code == .server)
        #expect(error.message == words)
    }

    @Test func whatARefusalInAStreamProposesIsTold() {
        let error = Problem.error(
            inStream: ByteBuffer(string: #"{"type":"error","message":"No.","position":0,"suggestion":"type"}"#))
        #expect(error.message == "No. (at character 0); did you mean “type”?")
    }
}

@Suite struct EventReaderStartTests {
    /// Nothing listens there: what reaches the network is a connection error.
    private func read(from: String) async throws {
        let client = HTTPClient(address: try ServerAddress("http://127.0.0.1:1"), token: nil)
        try await EventReader(client: client).readToHead(.init(from: from)) { _ in }
    }

    @Test(arguments: ["bogus", "99999", "-0", "-99999", "-x", "2026-13-99T00:00:00Z", "v-1", "V1-a", ""])
    func aPlaceThatIsNoneIsAUsageErrorBeforeAnythingIsAsked(from: String) async {
        let error = await #expect(throws: ToolError.self) { try await read(from: from) }
        #expect(error?.code == .usage, "\(error?.message ?? "")")
    }

    @Test(arguments: ["earliest", "-5", "2026-11-24T00:00:00Z", "v1-a-e0-7", "v2-later"])
    func aPlaceThatMayBeOneIsAsked(from: String) async {
        let error = await #expect(throws: ToolError.self) { try await read(from: from) }
        #expect(error?.code == .connection, "\(error?.message ?? "")")
        #expect(
            error?.message
                == "nothing listens at http://127.0.0.1:1. Check the address, and that the server is running "
                + "(`cloudflux serve`)")
    }
}
