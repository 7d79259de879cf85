import NIOCore

/// `/ws/echo`, for protocol suites (`serve --debug-echo`): every message comes back as it was.
final class EchoApplication: WebSocketApplication {
    private weak var socket: WebSocketHandler?
    private let deflater: Deflater?

    /// The largest message that suites send.
    static let maxMessageBytes = 32 << 20

    init(deflate: DeflateAgreement?) {
        deflater = deflate.map { Deflater(windowBits: $0.serverWindowBits, keepsContext: $0.serverKeepsContext) }
    }

    func opened(_ socket: WebSocketHandler) { self.socket = socket }
    func received(text: ByteBuffer) { send(.text, text) }
    func received(binary: ByteBuffer) { send(.binary, binary) }
    func heard() {}
    func closed() {}
    func quiescing() { socket?.close(1001, "the server is going away") }

    /// A peer that does not read what comes back is not read from either.
    func writabilityChanged() {
        guard let socket, let channel = socket.channel else { return }
        try? channel.syncOptions?.setOption(.autoRead, value: socket.isWritable)
    }

    private func send(_ opcode: Opcode, _ message: ByteBuffer) {
        if let deflater {
            socket?.write(Frame.bytes(opcode, deflater.deflate(message), isCompressed: true))
        } else {
            socket?.write(Frame.bytes(opcode, message))
        }
    }
}
