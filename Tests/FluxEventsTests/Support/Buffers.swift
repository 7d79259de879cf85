import NIOCore

func buffer(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

func text(_ write: (inout ByteBuffer) -> Void) -> String {
    var out = ByteBuffer()
    write(&out)
    return String(buffer: out)
}
