/// What a store says of folders that it cannot follow as others, of one or of many.
enum FolderWords {
    static func unreadable(_ count: Int) -> String {
        count == 1
            ? "1 folder cannot be read by this user and is left as it was known."
            : "\(count) folders cannot be read by this user and are left as they were known."
    }

    static func mounts(_ count: Int) -> String {
        count == 1
            ? "1 folder on another file system is left out (mounts=1 takes it in)."
            : "\(count) folders on other file systems are left out (mounts=1 takes them in)."
    }

    static func unwatched(_ count: Int, interval: String) -> String {
        let (folders, they) = count == 1 ? ("1 folder", "it is") : ("\(count) folders", "they are")
        return
            "\(folders) cannot be watched because the system's limit of watches is reached; what changes there is found by "
            + "comparing every \(interval). Raise fs.inotify.max_user_watches (sysctl); \(they) watched from the next "
            + "comparison on."
    }
}
