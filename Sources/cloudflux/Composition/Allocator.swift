import CFluxSystem
import FluxServer

/// How a server's memory is handed out.
enum Allocator {
    /// Each arena keeps what its threads once needed. glibc makes up to eight a core; a server with a few busy threads
    /// then holds several times what it uses, and gains no speed that could be measured.
    static let arenas: Int32 = 2
    /// Larger blocks get pages of their own, and give them back. A buffer of 64 KiB, which is what a request with a hundred
    /// events needs, is none of these: mapping one for each request is an eighth of the processor.
    static let largeBlock: Int32 = 72 << 10
    /// How often it is looked whether there is something to give back.
    static let lookInterval: Duration = .milliseconds(500)
    /// Growth (bytes) since the last time that is worth the few milliseconds of giving back.
    static let worthwhile = 4 << 20
    /// After so many looks without that much growth, what a burst has left is given back once.
    static let quietLooks = 10

    /// To be called before anything else of a server starts.
    static func tune() { cflux_tune_malloc(arenas, largeBlock) }

    /// Gives unused pages back to the system when the process has grown, and once more when it has become quiet; until it
    /// is cancelled.
    static func keepTrimmed() async throws {
        var last = ProcessFigures.residentBytes ?? 0
        var quiet = 0
        var isDirty = false
        while true {
            try await Task.sleep(for: lookInterval)
            guard let now = ProcessFigures.residentBytes else { continue }
            let hasGrown = now > last + worthwhile
            quiet = hasGrown ? 0 : quiet + 1
            if hasGrown || (isDirty && quiet == quietLooks) {
                cflux_trim_malloc()
                isDirty = hasGrown
                last = ProcessFigures.residentBytes ?? now
            } else {
                last = min(last, now)
            }
        }
    }
}
