extension LoopHub {
    var openGrants: Set<String> { Set(connections.map(\.principal.grant)) }

    func endStreams(of grants: Set<String>) {
        for connection in connections where grants.contains(connection.principal.grant) {
            connection.end(.revoked)
        }
    }

    func goAway(reason: String) {
        goingAway = reason
        for connection in connections { goAway(connection, reason: reason) }
    }

    /// Each is told another time to come back, so that they do not all come at once.
    func goAway(_ connection: LiveConnection, reason: String) {
        let range = context.configuration.retryAfter
        let wait = Int64.random(in: range.lowerBound.inMilliseconds...range.upperBound.inMilliseconds)
        connection.goAway(retryAfter: wait, reason: reason)
    }

    func abandonAll() {
        for connection in connections { connection.abandon() }
    }
}
