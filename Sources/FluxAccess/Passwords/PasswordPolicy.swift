import Foundation

/// Which passwords and names are taken.
public enum PasswordPolicy {
    /// In characters, as a person counts them.
    public static let minimumLength = 8
    /// In bytes of UTF-8 after normalisation: long enough for any sentence, short enough not to be work.
    public static let maximumBytes = 1024

    /// Those that everybody tries first. There is no list of leaked passwords here.
    private static let obvious: Set<String> = [
        "password", "password1", "passw0rd", "12345678", "123456789", "1234567890", "87654321", "qwertyui",
        "qwerty123", "qwertyuiop", "iloveyou", "letmein1", "admin123", "administrator", "cloudflux",
    ]

    /// Composes the letters (NFC), so that `é` typed on two keyboards is one password. Nothing is trimmed.
    static func bytes(of password: Secret) -> [UInt8] {
        Array(password.reveal().precomposedStringWithCanonicalMapping.utf8)
    }

    /// Throws ``AccessError/Code/invalid`` with what to change. Only for new passwords: a login tests none of this.
    public static func check(_ password: Secret, for user: String) throws(AccessError) {
        let text = password.reveal()
        // The cheap count first: a huge text is not walked by characters.
        guard text.utf8.count <= maximumBytes, bytes(of: password).count <= maximumBytes else {
            throw AccessError(.invalid, "This password is too long: use at most \(maximumBytes) bytes.")
        }
        guard text.count >= minimumLength else {
            throw AccessError(.invalid, "This password is too short: use at least \(minimumLength) characters.")
        }
        guard !text.unicodeScalars.contains(where: { $0.value == 0 }) else {
            throw AccessError(.invalid, "A password cannot hold the character U+0000. Choose another.")
        }
        let lower = text.lowercased()
        guard Set(text).count > 1, lower != user.lowercased(), !obvious.contains(lower) else {
            throw AccessError(.invalid, "This password would be guessed at once. Choose another.")
        }
    }
}

/// The names of people and tokens: `[A-Za-z0-9][A-Za-z0-9._@-]{0,63}`, compared without case.
///
/// Plain ASCII, because names stand in event sources (`/clients/NAME`), logs and terminals, where two names that look
/// the same must be the same.
public enum AccountName {
    public static let maximumLength = 64

    public static func isValid(_ name: some StringProtocol) -> Bool {
        let bytes = name.utf8
        guard let first = bytes.first, bytes.count <= maximumLength, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x40 || $0 == 0x2D }
    }

    static func check(_ name: String, of what: String) throws(AccessError) {
        guard isValid(name) else {
            throw AccessError(
                .invalid,
                "The \(what) name is not allowed: use 1 to \(maximumLength) of A-Z a-z 0-9 . _ @ - and begin with a letter "
                    + "or digit.")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
