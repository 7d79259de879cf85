/// Reads the XML that object stores answer with, in pieces as they arrive and one token at a time: no document is ever
/// built. Strict, and less than XML: no document type, so no entities but the five that every XML has; attributes are
/// passed over; of a name only what stands behind its prefix counts.
///
/// Source: W3C, "Extensible Markup Language (XML) 1.0 (Fifth Edition)". Pure.
struct XMLReader: Sendable {
    enum Token: Sendable, Hashable {
        case begin(String)
        /// Decoded. Text that arrives in one piece is one token; comments divide it.
        case text([UInt8])
        case end(String)
    }

    struct Failure: Error, Hashable, CustomStringConvertible {
        /// A sentence without its full stop.
        var description: String
        /// The byte of the document at which it was noticed.
        var at: Int
    }

    /// The most elements within each other.
    static let maximumDepth = 32
    /// The longest tag, comment, or text between two of them (bytes). A key has at most 1,024, three times that when it is
    /// encoded, and twelve times that where each of those bytes is a reference.
    static let maximumTokenBytes = 64 << 10

    private let maximumTokenBytes: Int
    private var bytes: [UInt8] = []
    private var position = 0
    /// How far the token at `position` was searched for its end without finding it.
    private var searched = 0
    /// Bytes of the document before `bytes`.
    private var passed = 0
    private var open: [String] = []
    private var closesItself = false
    private var hasRoot = false
    /// The quote that is open where the search for the end of a tag stopped.
    private var quote: UInt8?
    /// What was thrown; nothing is read after it.
    private var failed: Failure?

    /// - Parameter maximumTokenBytes: the longest tag, comment, or text.
    init(maximumTokenBytes: Int = Self.maximumTokenBytes) {
        self.maximumTokenBytes = maximumTokenBytes
    }

    /// The elements around the next token, from the root on.
    var path: [String] { open }

    /// Adds what has arrived.
    mutating func feed(_ more: some Sequence<UInt8>) {
        bytes.removeFirst(position)
        passed += position
        position = 0
        bytes.append(contentsOf: more)
    }

    /// The next token; nil where more bytes are needed for it. Once it has thrown, it throws the same again.
    mutating func next() throws(Failure) -> Token? {
        if let failed { throw failed }
        do throws(Failure) {
            return try token()
        } catch {
            failed = error
            throw error
        }
    }

    private mutating func token() throws(Failure) -> Token? {
        if closesItself {
            closesItself = false
            return .end(open.removeLast())
        }
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "<") {
                guard let markup = try markup() else { return nil }
                if let token = markup.token { return token }
            } else if open.isEmpty {
                try passBlank()
            } else {
                return try text()
            }
        }
        return nil
    }

    /// The document has ended: says so where it was cut off.
    func end() throws(Failure) {
        if let failed { throw failed }
        guard hasRoot else {
            throw failure(bytes.isEmpty && passed == 0 ? "The answer is empty" : "The answer is no XML")
        }
        guard open.isEmpty, position == bytes.count else { throw failure("The XML ends in the middle") }
    }

    private func failure(_ words: String) -> Failure { Failure(description: words, at: passed + position) }

    // MARK: Text

    /// Passes over white space outside the root, where nothing else may be.
    private mutating func passBlank() throws(Failure) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
            let byte = bytes[position]
            let at = passed + position
            // A byte order mark is let through at the start.
            let isBlank = byte == 0x20 || (0x09...0x0D).contains(byte) || (at < mark.count && byte == mark[at])
            guard isBlank else { throw outsideFailure }
            position += 1
        }
    }

    private mutating func text() throws(Failure) -> Token? {
        let end = bytes[(position + searched)...].firstIndex(of: UInt8(ascii: "<"))
        searched = (end ?? bytes.count) - position
        guard searched <= maximumTokenBytes else { throw tooLong }
        guard let end else { return nil }
        let decoded = try decode(position..<end)
        advance(to: end)
        return .text(decoded)
    }

    private var outsideFailure: Failure {
        failure(hasRoot ? "Something stands behind the XML" : "The answer is no XML")
    }

    private var tooLong: Failure { failure("A part of the XML is longer than \(maximumTokenBytes) bytes") }

    private func decode(_ range: Range<Int>) throws(Failure) -> [UInt8] {
        guard bytes[range].contains(UInt8(ascii: "&")) else { return Array(bytes[range]) }
        var text: [UInt8] = []
        var place = range.lowerBound
        while place < range.upperBound {
            guard bytes[place] == UInt8(ascii: "&") else {
                text.append(bytes[place])
                place += 1
                continue
            }
            // The longest reference is that of the last character, with a few zeros in front.
            let limit = min(range.upperBound, place + 16)
            guard let end = bytes[place..<limit].firstIndex(of: UInt8(ascii: ";")) else {
                throw failure("The XML has an & that begins no reference")
            }
            text += try reference(String(decoding: bytes[place + 1..<end], as: UTF8.self))
            place = end + 1
        }
        return text
    }

    private func reference(_ name: String) throws(Failure) -> [UInt8] {
        switch name {
        case "lt": return [0x3C]
        case "gt": return [0x3E]
        case "amp": return [0x26]
        case "quot": return [0x22]
        case "apos": return [0x27]
        default: break
        }
        guard name.hasPrefix("#") else {
            throw failure("The XML has the entity &\(name);, and none but the five of XML are read")
        }
        let digits = name.dropFirst()
        let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard let number = value, number > 0, let scalar = Unicode.Scalar(number), !digits.contains("+") else {
            throw failure("The XML refers to the character &\(name);, which there is not")
        }
        return Array(String(Character(scalar)).utf8)
    }

    // MARK: Markup

    private struct Markup {
        /// Nil for what is passed over.
        var token: Token?
    }

    /// What began with `<`: its token, if it is told; nil where its end has not arrived.
    private mutating func markup() throws(Failure) -> Markup? {
        for (beginning, ending) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
            switch begins(beginning) {
            case .no: continue
            case .perhaps: return nil
            case .yes:
                let start = position + beginning.utf8.count
                guard let end = try find(ending, from: start) else { return nil }
                let isText = beginning == "<![CDATA["
                if isText, open.isEmpty { throw outsideFailure }
                let content = isText ? Array(bytes[start..<end]) : []
                advance(to: end + ending.utf8.count)
                return Markup(token: isText ? .text(content) : nil)
            }
        }
        switch begins("<!") {
        case .perhaps: return nil
        case .yes:
            guard bytes.count - position >= 14 else { return nil }
            let isHTML = String(decoding: bytes[position..<position + 14], as: UTF8.self).lowercased().hasSuffix("html")
            throw failure(isHTML ? "The answer is HTML and no XML" : "The XML has a document type, which is not read")
        case .no: break
        }
        guard let end = try tagEnd() else { return nil }
        let tag = bytes[position + 1..<end]
        let isEnd = tag.first == UInt8(ascii: "/")
        return Markup(token: isEnd ? try endTag(tag.dropFirst(), end) : try beginTag(tag, end))
    }

    private enum Beginning { case yes, no, perhaps }

    private func begins(_ text: String) -> Beginning {
        let here = bytes[position...].prefix(text.utf8.count)
        guard text.utf8.starts(with: here) else { return .no }
        return here.count == text.utf8.count ? .yes : .perhaps
    }

    private mutating func advance(to place: Int) {
        position = place
        searched = 0
    }

    private mutating func find(_ ending: String, from start: Int) throws(Failure) -> Int? {
        let ending = Array(ending.utf8)
        var place = max(start, position + searched)
        while place + ending.count <= bytes.count {
            guard place - position <= maximumTokenBytes else { throw tooLong }
            if bytes[place] == ending[0], bytes[place..<place + ending.count].elementsEqual(ending) { return place }
            place += 1
        }
        searched = max(0, place - position)
        return nil
    }

    /// Where the `>` of a tag is, which may also stand in the value of an attribute.
    private mutating func tagEnd() throws(Failure) -> Int? {
        var place = position + max(1, searched)
        while place < bytes.count {
            guard place - position <= maximumTokenBytes else { throw tooLong }
            let byte = bytes[place]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: ">") {
                return place
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "<") {
                throw failure("The XML has a < within a tag")
            }
            place += 1
        }
        searched = place - position
        return nil
    }

    private mutating func beginTag(_ tag: ArraySlice<UInt8>, _ end: Int) throws(Failure) -> Token {
        guard !(open.isEmpty && hasRoot) else { throw outsideFailure }
        guard open.count < Self.maximumDepth else {
            throw failure("The XML has more than \(Self.maximumDepth) elements within each other")
        }
        let closes = tag.last == UInt8(ascii: "/")
        let name = try name(of: closes ? tag.dropLast() : tag)
        closesItself = closes
        open.append(name)
        hasRoot = true
        advance(to: end + 1)
        return .begin(name)
    }

    private mutating func endTag(_ tag: ArraySlice<UInt8>, _ end: Int) throws(Failure) -> Token {
        let name = try name(of: tag)
        guard let last = open.last, last == name else {
            throw failure("The XML ends </\(name)> where </\(open.last ?? "nothing")> is open")
        }
        open.removeLast()
        advance(to: end + 1)
        return .end(name)
    }

    /// Up to the first white space, without a prefix.
    private func name(of tag: ArraySlice<UInt8>) throws(Failure) -> String {
        let whole = tag.prefix { $0 > 0x20 }
        let name = whole.lastIndex(of: UInt8(ascii: ":")).map { whole[($0 + 1)...] } ?? whole
        guard !name.isEmpty, name.allSatisfy(Self.isNameByte) else {
            throw failure("The XML has a tag without a name")
        }
        return String(decoding: name, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: true
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
