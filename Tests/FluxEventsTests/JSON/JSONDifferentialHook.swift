import Foundation
import NIOCore
import Testing

@testable import FluxEvents

/// The Swift half of conformance/json: reads documents, one a line in Base64, and writes what the scanner made of each.
///
/// `no CODE OFFSET`, or `ok` and the value in a form that any language can write: `n t f`, `iINTEGER;`, `dBITS;` (the
/// double's bits in hexadecimal, `-` where there is none), `sHEX;` (UTF-8), `[…]`, `{sHEX;value…}`.
@Suite struct JSONDifferentialHook {
    private static let corpus = ProcessInfo.processInfo.environment["CLOUDFLUX_JSON_CORPUS"]
    private static let verdicts = ProcessInfo.processInfo.environment["CLOUDFLUX_JSON_VERDICTS"]

    @Test(.enabled(if: corpus != nil && verdicts != nil, "conformance/json/run gives the documents"))
    func writesVerdicts() throws {
        let lines = try String(contentsOfFile: try #require(Self.corpus), encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: true)
        var out = ""
        for line in lines {
            // “-” is the empty document.
            let bytes = line == "-" ? [] : try #require(Base64.decode(line))
            do {
                let root = try JSONDocument.parse(ByteBuffer(bytes: bytes)).root
                out += "ok "
                Self.write(root, &out)
            } catch {
                out += "no \(error.code) \(error.offset)"
            }
            out += "\n"
        }
        try out.write(toFile: try #require(Self.verdicts), atomically: true, encoding: .utf8)
    }

    private static func write(_ value: JSONValue, _ out: inout String) {
        switch value.kind {
        case .null: out += "n"
        case .true: out += "t"
        case .false: out += "f"
        case .number:
            if let whole = value.int64 {
                out += "i\(whole);"
            } else {
                out += "d" + (value.double.map { String($0.bitPattern, radix: 16) } ?? "-") + ";"
            }
        case .string: write(value.utf8 ?? [], &out)
        case .array:
            out += "["
            for element in value.elements { write(element, &out) }
            out += "]"
        case .object:
            out += "{"
            for (key, member) in value.members {
                write(Array(key.utf8), &out)
                write(member, &out)
            }
            out += "}"
        }
    }

    private static func write(_ utf8: [UInt8], _ out: inout String) {
        out += "s"
        for byte in utf8 { out += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        out += ";"
    }
}
