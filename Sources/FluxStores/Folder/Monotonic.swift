import Glibc

/// A clock that never runs backwards.
public enum Monotonic {
    /// Milliseconds since some moment before the start.
    public static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
