import FluxEvents
import FluxTools
import Glibc
import NIOCore

/// What goes to the person at the terminal: results on standard output, everything else on standard error.
enum Terminal {
    static let isOutputTerminal = isatty(STDOUT_FILENO) == 1
    static let isErrorTerminal = isatty(STDERR_FILENO) == 1
    /// Colours only where a person looks, and not where `NO_COLOR` is set (no-color.org).
    static let hasColour = isOutputTerminal && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)

    static func error(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Writes a line at once, so that a script which reads us sees it.
    static func output(_ line: String) throws(ToolError) {
        try output(ByteBuffer(string: line + "\n"))
    }

    /// - Throws: `ToolError` with code `file` where standard output is closed or full, `readerGone` where nobody reads.
    static func output(_ bytes: ByteBuffer) throws(ToolError) {
        let done = bytes.withUnsafeReadableBytes { FileBytes.writeAll($0, to: STDOUT_FILENO) }
        guard done else {
            throw ToolError(
                errno == EPIPE ? .readerGone : .file,
                "cannot write standard output: \(String(cString: strerror(errno)))")
        }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var copy = text
        copy.withUTF8 { _ = FileBytes.writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    /// Control characters of names never reach the terminal as such.
    static func printable(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: out += "\\n"
            case 0x09: out += "\\t"
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
                out += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// A table with its columns aligned; numbers of columns named in `right` stand right.
    static func table(_ head: [String], _ rows: [[String]], right: Set<Int> = []) throws(ToolError) {
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].count }.max() ?? 0
        }
        for row in [head] + rows {
            let cells = row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return right.contains(column) ? padding + text : text + padding
            }
            try output(cells.joined(separator: "  ").trimmingEnd())
        }
    }

    /// A password that is being set: who types it sees nothing, so it is asked for twice.
    static func newPassword(_ prompt: String) throws(ToolError) -> String {
        let password = try secretLine(prompt)
        if isatty(STDIN_FILENO) == 1, try secretLine("The same again: ") != password {
            throw ToolError(.usage, "the two are not the same; nothing was changed")
        }
        return password
    }

    /// A line that is asked for without being shown, from the terminal or from standard input.
    static func secretLine(_ prompt: String) throws(ToolError) -> String {
        var saved = termios()
        let isTerminal = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &saved) == 0
        if isTerminal {
            // Before the question: what is typed at once must be neither shown nor thrown away.
            var silent = saved
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
            write(prompt, to: STDERR_FILENO)
        }
        defer {
            if isTerminal {
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
                write("\n", to: STDERR_FILENO)
            }
        }
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            throw ToolError(.usage, "no password was given; type one, or pipe it in as one line")
        }
        return line
    }
}

extension String {
    func trimmingEnd() -> String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
