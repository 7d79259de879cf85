import NIOCore

/// Reads what a client sends: a strict parser of RFC 6455 frames, as a value. It takes bytes as they come, cut anywhere,
/// and gives whole messages and control frames. After a failure it gives nothing more.
struct FrameParser {
    enum Event: Hashable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// Nil where the frame had no code.
        case close(UInt16?)
        /// The peer broke a rule: close with this code and these words.
        case failure(UInt16, String)
    }

    private struct Header {
        var opcode: Opcode
        var isFinal: Bool
        var isCompressed: Bool
        var length: Int
        var mask: UInt32
    }

    private struct Message {
        var isText: Bool
        var isCompressed: Bool
        var bytes = ByteBuffer()
        var utf8 = UTF8Check()
    }

    private let maxMessageBytes: Int
    private let inflater: (any MessageInflater)?
    private var header: Header?
    private var taken = 0
    private var control = ByteBuffer()
    private var message: Message?
    private var hasFailed = false

    /// - Parameters:
    ///   - maxMessageBytes: of a message, on the wire and inflated.
    ///   - inflater: nil where no compression was negotiated.
    init(maxMessageBytes: Int, inflater: (any MessageInflater)? = nil) {
        self.maxMessageBytes = maxMessageBytes
        self.inflater = inflater
    }

    /// The next event in the bytes, or nil where more bytes are needed. Call again until nil.
    mutating func next(_ buffer: inout ByteBuffer) -> Event? {
        while !hasFailed {
            if header == nil {
                switch readHeader(&buffer) {
                case .success(nil): return nil
                case .success(let header?): begin(header)
                case .failure(let failure): return fail(failure)
                }
            }
            switch readPayload(&buffer) {
            case .more: return nil
            case .nothing: continue
            case .event(let event): return event
            case .failure(let failure): return fail(failure)
            }
        }
        return nil
    }

    private struct Failure: Error {
        var code: UInt16
        var words: String
    }

    private mutating func fail(_ failure: Failure) -> Event {
        hasFailed = true
        message = nil
        return .failure(failure.code, failure.words)
    }

    // MARK: Header

    private func readHeader(_ buffer: inout ByteBuffer) -> Result<Header?, Failure> {
        let start = buffer.readerIndex
        guard let (first, second) = buffer.getMultipleIntegers(at: start, as: (UInt8, UInt8).self) else {
            return .success(nil)
        }
        guard let opcode = Opcode(rawValue: first & 0x0F) else { return .failure(Self.broken("an unknown opcode")) }
        if let failure = check(opcode, first: first, second: second) { return .failure(failure) }
        var length = Int(second & 0x7F)
        var size = 2
        if length == 126 {
            guard let long = buffer.getInteger(at: start + 2, as: UInt16.self) else { return .success(nil) }
            length = Int(long)
            size = 4
        } else if length == 127 {
            guard let long = buffer.getInteger(at: start + 2, as: UInt64.self) else { return .success(nil) }
            guard long <= UInt64(maxMessageBytes) else { return .failure(tooBig) }
            length = Int(long)
            size = 10
        }
        if !opcode.isControl, length + (message?.bytes.readableBytes ?? 0) > maxMessageBytes {
            return .failure(tooBig)
        }
        guard let mask = buffer.getInteger(at: start + size, endianness: .little, as: UInt32.self) else {
            return .success(nil)
        }
        buffer.moveReaderIndex(forwardBy: size + 4)
        return .success(
            Header(
                opcode: opcode, isFinal: first & 0x80 != 0, isCompressed: first & 0x40 != 0, length: length,
                mask: mask))
    }

    /// The rules that the first two bytes show.
    private func check(_ opcode: Opcode, first: UInt8, second: UInt8) -> Failure? {
        if second & 0x80 == 0 { return Self.broken("a frame that is not masked") }
        if first & 0x30 != 0 { return Self.broken("a reserved bit") }
        if first & 0x40 != 0, inflater == nil || opcode.isControl || opcode == .continuation {
            return Self.broken("a compressed frame where none may be")
        }
        switch opcode {
        case .continuation: return message == nil ? Self.broken("a continuation of nothing") : nil
        case .text, .binary: return message != nil ? Self.broken("a new message inside another") : nil
        case .close, .ping, .pong:
            if first & 0x80 == 0 { return Self.broken("a control frame in pieces") }
            return second & 0x7F > 125 ? Self.broken("a control frame over 125 bytes") : nil
        }
    }

    private mutating func begin(_ header: Header) {
        self.header = header
        taken = 0
        if header.opcode.isControl {
            control.clear()
        } else if header.opcode != .continuation {
            message = Message(isText: header.opcode == .text, isCompressed: header.isCompressed)
        }
    }

    // MARK: Payload

    private enum Step {
        case more
        case nothing
        case event(Event)
        case failure(Failure)
    }

    /// Takes what is there of a payload, so that wrong UTF-8 is seen before the rest of a long message has come.
    private mutating func readPayload(_ buffer: inout ByteBuffer) -> Step {
        guard let header else { return .more }
        if taken < header.length,
            var piece = buffer.readSlice(length: min(header.length - taken, buffer.readableBytes)),
            piece.readableBytes > 0
        {
            let offset = taken
            piece.withUnsafeMutableReadableBytes { Self.unmask($0, header.mask, offset) }
            taken += piece.readableBytes
            if let failure = keep(&piece, header) { return .failure(failure) }
        }
        guard taken == header.length else { return .more }
        self.header = nil
        switch header.opcode {
        case .ping: return .event(.ping(control))
        case .pong: return .event(.pong(control))
        case .close: return readClose()
        case .continuation, .text, .binary: return header.isFinal ? endMessage() : .nothing
        }
    }

    private mutating func keep(_ piece: inout ByteBuffer, _ header: Header) -> Failure? {
        if header.opcode.isControl {
            control.writeBuffer(&piece)
            return nil
        }
        guard var open = message.take() else { return nil }
        if open.isText, !open.isCompressed, !piece.withUnsafeReadableBytes({ open.utf8.take($0) }) {
            return Self.notUTF8
        }
        if open.bytes.readableBytes == 0 { open.bytes = piece } else { open.bytes.writeBuffer(&piece) }
        message = open
        return nil
    }

    private mutating func endMessage() -> Step {
        guard var whole = message.take() else { return .nothing }
        if whole.isCompressed {
            guard let inflater else { return .failure(Self.broken("a compressed frame where none may be")) }
            switch inflater.inflate(whole.bytes, limit: maxMessageBytes) {
            case .success(let bytes): whole.bytes = bytes
            case .failure(.tooBig): return .failure(tooBig)
            case .failure(.damaged):
                return .failure(Failure(code: 1007, words: "the compressed message is damaged"))
            }
            if whole.isText, !whole.bytes.withUnsafeReadableBytes({ whole.utf8.take($0) }) {
                return .failure(Self.notUTF8)
            }
        }
        if whole.isText, !whole.utf8.isComplete { return .failure(Self.notUTF8) }
        return .event(whole.isText ? .text(whole.bytes) : .binary(whole.bytes))
    }

    private func readClose() -> Step {
        var payload = control
        guard payload.readableBytes > 0 else { return .event(.close(nil)) }
        guard let code = payload.readInteger(as: UInt16.self) else {
            return .failure(Self.broken("a close frame of one byte"))
        }
        guard Frame.isAllowed(closeCode: code) else {
            return .failure(Self.broken("the close code \(code), which nobody may send"))
        }
        var utf8 = UTF8Check()
        guard payload.withUnsafeReadableBytes({ utf8.take($0) }), utf8.isComplete else {
            return .failure(Self.notUTF8)
        }
        return .event(.close(code))
    }

    static func unmask(_ bytes: UnsafeMutableRawBufferPointer, _ mask: UInt32, _ offset: Int) {
        let turn = UInt32(8 * (offset & 3))
        let key = turn == 0 ? mask : mask >> turn | mask << (32 - turn)
        let wide = UInt64(key) | UInt64(key) << 32
        var index = 0
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            bytes.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            bytes[index] ^= UInt8(truncatingIfNeeded: wide >> UInt64(8 * (index & 7)))
            index += 1
        }
    }

    private static func broken(_ what: String) -> Failure {
        Failure(code: 1002, words: "you sent \(what), which RFC 6455 does not allow")
    }

    private static let notUTF8 = Failure(code: 1007, words: "the text is not UTF-8")

    private var tooBig: Failure {
        Failure(code: 1009, words: "the message is larger than \(maxMessageBytes) bytes")
    }
}
