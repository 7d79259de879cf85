public import NIOCore

extension ByteBuffer {
    /// Writes a number in decimal without making a string of it.
    public mutating func writeDecimal(_ value: Int64) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { target in
            var rest = value.magnitude
            var index = 20
            repeat {
                index -= 1
                target[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                index -= 1
                target[index] = 0x2D
            }
            let count = 20 - index
            if index > 0 {
                for place in 0..<count { target[place] = target[place + index] }
            }
            return count
        }
    }
}
