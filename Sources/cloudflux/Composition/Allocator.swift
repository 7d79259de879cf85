import CFluxSystem

/// How a server's memory is handed out.
enum Allocator {
    /// Each arena keeps what its threads once needed. glibc makes up to eight a core; a server with a few busy threads
    /// then holds several times what it uses, and gains no speed that could be measured.
    static let arenas: Int32 = 2
    /// Larger blocks get pages of their own, and give them back.
    static let largeBlock: Int32 = 512 << 10

    /// To be called before anything else of a server starts.
    static func tune() { cflux_tune_malloc(arenas, largeBlock) }
}
