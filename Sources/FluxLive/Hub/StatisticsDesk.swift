import NIOCore

/// Answers the `stats` messages of one event loop: the server's figures are fetched once for all who ask meanwhile, so
/// that any number of messages starts one task at a time. Confined to the loop.
final class StatisticsDesk {
    private struct Asked {
        var connection: LiveConnection
        var id: ByteBuffer?
    }

    private let loop: any EventLoop
    private let context: HubContext
    private var asked: [Asked] = []
    private var isFetching = false

    init(loop: any EventLoop, context: HubContext) {
        self.loop = loop
        self.context = context
    }

    /// The answer comes as `LiveConnection.answer`, with figures that were taken after this call.
    func ask(for connection: LiveConnection, id: ByteBuffer?) {
        asked.append(Asked(connection: connection, id: id))
        fetch()
    }

    private func fetch() {
        guard !isFetching, !asked.isEmpty else { return }
        isFetching = true
        let mine = NIOLoopBound((desk: self, asked: asked), eventLoop: loop)
        asked = []
        let source = context.serverStatistics
        let loop = loop
        Task {
            let json = await source?() ?? ByteBuffer(string: "{}")
            loop.execute {
                let (desk, asked) = mine.value
                desk.isFetching = false
                for one in asked { one.connection.answer(one.id, json) }
                desk.fetch()
            }
        }
    }
}
