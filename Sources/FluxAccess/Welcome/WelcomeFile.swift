import Glibc

/// `DIR/welcome`: the sign-in link of this start, for who cannot see the terminal. Mode 0600, removed once it was used.
public enum WelcomeFile {
    /// Replaces the file whole, so that nobody reads half a link.
    ///
    /// - Throws: ``AccessError/Code/configuration`` where the folder cannot be written.
    public static func write(link: Secret, to path: String) throws(AccessError) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var isWritten = false
        if file >= 0 {
            var text = link.reveal() + "\n"
            isWritten = text.withUTF8 { Glibc.write(file, $0.baseAddress, $0.count) == $0.count }
            Glibc.close(file)
            isWritten = isWritten && rename(temporary, path) == 0
        }
        guard isWritten else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw AccessError(.configuration, "\(path) cannot be written: \(reason). Check the data folder's rights.")
        }
    }

    /// Nothing happens where there is none.
    public static func remove(_ path: String) {
        unlink(path)
    }
}
