import HTTPTypes

/// Header fields that every answer carries, so that a browser does with it only what our own page needs.
enum SecurityHeaders {
    /// Scripts, fonts and connections of our own only; inline styles because Material UI writes them.
    static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
        "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'",
        "frame-ancestors 'none'",
    ].joined(separator: "; ")

    static let common: HTTPFields = {
        var fields = HTTPFields()
        fields[.contentSecurityPolicy] = contentSecurityPolicy
        fields[.xContentTypeOptions] = "nosniff"
        fields[named("X-Frame-Options")] = "DENY"
        fields[named("Referrer-Policy")] = "no-referrer"
        fields[named("Cross-Origin-Opener-Policy")] = "same-origin"
        fields[named("Cross-Origin-Resource-Policy")] = "same-origin"
        fields[named("Permissions-Policy")] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return fields
    }()

    /// Adds what is missing; what an answer says itself stays.
    static func add(to fields: inout HTTPFields, secure: Bool) {
        for field in common where fields[field.name] == nil { fields.append(field) }
        if fields[.cacheControl] == nil { fields[.cacheControl] = "no-store" }
        if secure { fields[.strictTransportSecurity] = "max-age=31536000" }
    }

    /// A field name that is known to be well formed.
    static func named(_ name: String) -> HTTPField.Name {
        // The names given here are constants of letters and dashes, which are always valid.
        HTTPField.Name(name)!
    }
}
