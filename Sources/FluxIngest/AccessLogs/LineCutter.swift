import Glibc

/// Cuts text that comes in pieces into lines, which end in LF or CR LF. Pure.
package struct LineCutter: Sendable {
    /// The longest line that is kept; of a longer one nothing is, and its end is found.
    let maximum: Int
    /// The beginning of a line that has not ended.
    private var open: [UInt8] = []
    private var isTooLong = false

    package init(maximum: Int) {
        self.maximum = maximum
    }

    /// - Parameter take: gets each line without its end; nil: it was too long.
    package mutating func feed(_ piece: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer?) -> Void) {
        guard let base = piece.baseAddress else { return }
        var start = 0
        while start < piece.count {
            guard let found = memchr(base + start, 0x0A, piece.count - start) else {
                keep(UnsafeRawBufferPointer(rebasing: piece[start...]))
                return
            }
            let end = UnsafeRawPointer(found) - base
            let part = UnsafeRawBufferPointer(rebasing: piece[start..<end])
            if open.isEmpty, !isTooLong {
                take(part.count > maximum ? nil : Self.trimmed(part))
            } else {
                keep(part)
                close(take)
            }
            start = end + 1
        }
    }

    /// The last line may have no end.
    package mutating func finish(_ take: (UnsafeRawBufferPointer?) -> Void) {
        if !open.isEmpty || isTooLong { close(take) }
    }

    private mutating func keep(_ part: UnsafeRawBufferPointer) {
        guard !isTooLong, open.count + part.count <= maximum else {
            isTooLong = true
            open = []
            return
        }
        open.append(contentsOf: part)
    }

    private mutating func close(_ take: (UnsafeRawBufferPointer?) -> Void) {
        if isTooLong { take(nil) } else { open.withUnsafeBytes { take(Self.trimmed($0)) } }
        open.removeAll(keepingCapacity: true)
        isTooLong = false
    }

    private static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
    }
}
