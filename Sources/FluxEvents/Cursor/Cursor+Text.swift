public import NIOCore

/// Why a text is no cursor.
public struct CursorError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        /// Not in the form of a cursor at all.
        public static let malformed = Code(description: "malformed")
        /// Longer than `Cursor.maximumLength`.
        public static let tooLong = Code(description: "too_long")
        /// Made by a later version of CloudFlux.
        public static let newerVersion = Code(description: "newer_version")
    }

    public var code: Code
    /// What is wrong with it and what to do, in one sentence.
    public var message: String

    public var description: String { message }
}

extension Cursor {
    /// The URL-safe text, `v1-EPOCH-e0-1042` or `v1-EPOCH-e0-1042-s0-7`.
    public var text: String {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return String(buffer: buffer)
    }

    /// Writes what `text` returns, without quotes.
    public func write(into buffer: inout ByteBuffer) {
        Self.writePrefix(epoch: epoch, into: &buffer)
        for position in positions.sorted(by: { ($0.topic, $0.partition) < ($1.topic, $1.partition) }) {
            Self.write(position.topic, position.partition, position.offset, into: &buffer)
        }
    }

    /// Writes the text of a cursor for partition 0 of both topics, without making one: the path of every live frame.
    public static func write(epoch: UInt64, events: Int64, simulated: Int64?, into buffer: inout ByteBuffer) {
        writePrefix(epoch: epoch, into: &buffer)
        write(.events, 0, events, into: &buffer)
        if let simulated { write(.simulated, 0, simulated, into: &buffer) }
    }

    private static func writePrefix(epoch: UInt64, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("v1-")
        buffer.writeString(String(epoch, radix: 16))
    }

    private static func write(_ topic: Topic, _ partition: Int32, _ offset: Int64, into buffer: inout ByteBuffer) {
        buffer.writeInteger(0x2D as UInt8)
        buffer.writeInteger(topic.rawValue)
        buffer.writeDecimal(Int64(partition))
        buffer.writeInteger(0x2D as UInt8)
        buffer.writeDecimal(offset)
    }

    /// Reads a cursor's text: what `text` writes, and an epoch with leading zeros, as the log's files spell it.
    public init(text: some StringProtocol) throws(CursorError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw CursorError(
                code: .tooLong,
                message:
                    "The cursor is longer than \(Self.maximumLength) characters; give it exactly as it was received.")
        }
        var fields = text.utf8.split(separator: 0x2D, omittingEmptySubsequences: false)[...]
        guard let version = fields.popFirst(), version.first == 0x76 else {
            throw Self.malformed("it does not start with “v1-”")
        }
        guard version.elementsEqual("v1".utf8) else {
            if version.dropFirst().allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), version.count > 1 {
                throw CursorError(
                    code: .newerVersion,
                    message: "The cursor was made by another version of CloudFlux; start from “latest” or from a time.")
            }
            throw Self.malformed("it does not start with “v1-”")
        }
        guard let epochText = fields.popFirst(), let epoch = Self.epoch(epochText) else {
            throw Self.malformed("its epoch is not 1–16 lower-case hexadecimal digits")
        }
        guard !fields.isEmpty else { throw Self.malformed("it names no position") }
        var positions: [Position] = []
        while let name = fields.popFirst() {
            guard let letter = name.first, let topic = Topic(rawValue: letter),
                let partition = Self.decimal(name.dropFirst()), let partition = Int32(exactly: partition)
            else { throw Self.malformed("“\(Self.shown(name))” is not a topic letter with a partition, such as “e0”") }
            guard let offsetText = fields.popFirst() else {
                throw Self.malformed("“\(Self.shown(name))” has no offset")
            }
            guard let offset = Self.decimal(offsetText) else {
                throw Self.malformed("the offset “\(Self.shown(offsetText))” is not a number of at most 2^63-1")
            }
            if let last = positions.last, (last.topic, last.partition) >= (topic, partition) {
                throw Self.malformed("its positions are not in order, each once")
            }
            positions.append(Position(topic: topic, partition: partition, offset: offset))
        }
        self.init(epoch: epoch, positions: positions)
    }

    private static func malformed(_ what: String) -> CursorError {
        CursorError(
            code: .malformed, message: "The cursor is not valid: \(what); give it exactly as it was received.")
    }

    /// A piece of the cursor as it may stand in a message: cut, and with nothing but plain characters.
    private static func shown(_ field: some Collection<UInt8>) -> String {
        let plain = field.prefix(24).map { $0 > 0x20 && $0 < 0x7F ? $0 : 0x3F }
        return String(decoding: plain, as: UTF8.self) + (field.count > 24 ? "…" : "")
    }

    private static func epoch(_ field: some Collection<UInt8>) -> UInt64? {
        guard (1...16).contains(field.count) else { return nil }
        var value: UInt64 = 0
        for byte in field {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }

    private static func decimal(_ field: some Collection<UInt8>) -> Int64? {
        guard (1...19).contains(field.count), field.count == 1 || field.first != 0x30 else { return nil }
        var value: Int64 = 0
        for byte in field {
            guard (0x30...0x39).contains(byte) else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowAgain) = scaled.addingReportingOverflow(Int64(byte - 0x30))
            if overflow || overflowAgain { return nil }
            value = sum
        }
        return value
    }
}
