import FluxAccess
import FluxEvents
import HTTPTypes
import NIOCore

/// Signing in and out.
extension API {
    var authRoutes: [Endpoint] { [welcome, login, me, logout, ticket] }

    private static let signedIn = Operation.Answer(
        200, "Signed in; the session's cookie is set.",
        [
            .json(
                Operation.schema("SignedIn"),
                example: ["user": ["name": "ada", "scopes": ["admin"]], "csrf_token": "q83v…"])
        ])

    private static func credentials(_ names: [String]) -> Operation.Content {
        .json(
            [
                "type": "object", "additionalProperties": false, "required": .array(names.map(JSONTree.string)),
                "properties": .object(
                    names.map { ($0, ["type": "string", "maxLength": .integer(Int64(Self.maximumText))]) }
                        + [("issue_token", ["type": "boolean", "default": false])]),
            ])
    }

    /// Longer names, passwords and tokens are refused unread.
    private static let maximumText = 1_024

    private var welcome: Endpoint {
        Endpoint(
            .post, "/api/auth/welcome", .visitors,
            operation: Operation(
                "redeemWelcome", .auth, "Makes the first account with the link that the server printed.",
                body: [Self.credentials(["token", "username", "password"])], answers: [Self.signedIn],
                problems: [401, 409])
        ) { call in
            let fields = try Fields(
                try await call.json(limit: Call.maximumSignInBytes),
                known: ["token", "username", "password", "issue_token"])
            let signedIn = try await self.rooms.access.redeemWelcome(
                token: Secret(try fields.text("token", maximum: Self.maximumText)),
                username: try fields.text("username", maximum: Self.maximumText),
                password: Secret(try fields.text("password", maximum: Self.maximumText)), address: call.address,
                issueToken: try fields.flag("issue_token"))
            return self.reply(signedIn, call)
        }
    }

    private var login: Endpoint {
        Endpoint(
            .post, "/api/auth/login", .visitors,
            operation: Operation(
                "login", .auth, "Signs in with name and password.",
                detail: "Wrong passwords are delayed by address and name; nobody is locked out.",
                body: [Self.credentials(["username", "password"])], answers: [Self.signedIn], problems: [401])
        ) { call in
            let fields = try Fields(
                try await call.json(limit: Call.maximumSignInBytes), known: ["username", "password", "issue_token"])
            let signedIn = try await self.rooms.access.login(
                username: try fields.text("username", maximum: Self.maximumText),
                password: Secret(try fields.text("password", maximum: Self.maximumText)), address: call.address,
                issueToken: try fields.flag("issue_token"))
            return self.reply(signedIn, call)
        }
    }

    private func reply(_ signedIn: SignedIn, _ call: Call) -> Reply {
        var members = Self.describe(signedIn.principal, csrf: signedIn.csrfToken)
        if let token = signedIn.accessToken {
            members.append(("access_token", .string(token.reveal())))
            members.append(("expires_in", .whole(signedIn.expiresIn)))
        }
        var reply = Reply.json(.object(members))
        reply.fields[.setCookie] = signedIn.setCookie(secure: call.secure)
        return reply
    }

    private static func describe(_ principal: Principal, csrf: String?) -> [(String, JSONTree)] {
        [
            (
                "user",
                [
                    "name": .string(principal.name),
                    "scopes": .array(principal.scopes.sorted().map { .string($0.rawValue) }),
                ]
            ), ("csrf_token", .text(csrf)),
        ]
    }

    private var me: Endpoint {
        Endpoint(
            .get, "/api/auth/me", .signedIn,
            operation: Operation(
                "whoAmI", .auth, "Who is signed in, and the CSRF token of the session.",
                answers: [.init(200, "This one.", [.json(Operation.schema("SignedIn"))])])
        ) { call in
            let principal = try call.signedIn()
            return .json(.object(Self.describe(principal, csrf: principal.csrfToken)))
        }
    }

    private var logout: Endpoint {
        Endpoint(
            .post, "/api/auth/logout", .signedIn,
            operation: Operation(
                "logout", .auth, "Ends the session, or the token; its streams end too.",
                answers: [.init(204, "Signed out.")])
        ) { call in
            try await self.rooms.access.logout(try call.signedIn())
            return Reply(204, fields: [.setCookie: SessionCookie.clearing(secure: call.secure)])
        }
    }

    private var ticket: Endpoint {
        Endpoint(
            .post, "/api/auth/ticket", .scope(.read),
            operation: Operation(
                "issueTicket", .auth, "A ticket that opens one stream, as `token=` in its address.",
                answers: [
                    .init(
                        200, "Good once.",
                        [
                            .json(
                                [
                                    "type": "object", "required": ["ticket", "expires_in"],
                                    "properties": ["ticket": ["type": "string"], "expires_in": ["type": "integer"]],
                                ])
                        ])
                ])
        ) { call in
            let (ticket, expiresIn) = self.rooms.access.issueTicket(try call.signedIn())
            return .json(["ticket": .string(ticket.reveal()), "expires_in": .integer(expiresIn)])
        }
    }
}
