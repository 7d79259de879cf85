import GRDB

/// A filter that somebody keeps under a name.
public struct SavedFilter: Sendable, Hashable {
    public var name: String
    /// As it was given. Whoever keeps one has checked that it can be read; this room does not know the language.
    public var expression: String
    /// Milliseconds since 1970.
    public var changedAt: Int64

    public init(name: String, expression: String, changedAt: Int64) {
        self.name = name
        self.expression = expression
        self.changedAt = changedAt
    }

    /// The longest name, in characters.
    public static let maximumNameLength = 64

    /// Says why a text is no name of a filter; nil where it is one.
    public static func complaint(name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.unicodeScalars.count > maximumNameLength { return "is longer than \(maximumNameLength) characters" }
        if name.first?.isWhitespace == true || name.last?.isWhitespace == true { return "begins or ends with a space" }
        let isPlain = name.unicodeScalars.allSatisfy {
            switch $0.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
            default: true
            }
        }
        return isPlain ? nil : "has characters that cannot be seen"
    }
}

extension AccessControl {
    /// The filters that people keep.
    public var filters: SavedFilters { SavedFilters(access: self) }

    /// Lists, keeps and removes the filters of the person behind a principal.
    public struct SavedFilters: Sendable {
        let access: AccessControl

        /// By name. A token that belongs to nobody has none.
        public func list(of principal: Principal) async throws(AccessError) -> [SavedFilter] {
            guard principal.kind == .local || principal.user != nil else { return [] }
            return try await access.database.read { db in
                try StateQueries.filters(db, user: try Self.person(db, principal))
            }
        }

        /// Keeps an expression under a name, in place of what had that name (compared without case).
        ///
        /// - Returns: what is kept, and whether the name is new.
        /// - Throws: ``AccessError/Code/invalid``, ``AccessError/Code/limit``, ``AccessError/Code/noPerson``.
        public func keep(
            _ expression: String, as name: String, of principal: Principal
        ) async throws(AccessError) -> (filter: SavedFilter, isNew: Bool) {
            if let complaint = SavedFilter.complaint(name: name) {
                throw AccessError(.invalid, "The filter\u{2019}s name \(complaint). Choose another one.")
            }
            let filter = SavedFilter(name: name, expression: expression, changedAt: access.now())
            let limit = access.configuration.maxFiltersPerPerson
            let isNew = try await access.change { db in
                let user = try Self.person(db, principal)
                let isNew = try !StateQueries.hasFilter(db, user: user, name: name)
                if isNew, try StateQueries.filterCount(db, user: user) >= limit {
                    throw AccessError(
                        .limit, "You keep \(limit) filters, which is the limit. Remove one first.")
                }
                try StateQueries.setFilter(db, user: user, filter)
                return isNew
            }
            return (filter, isNew)
        }

        /// - Throws: ``AccessError/Code/notFound``, ``AccessError/Code/noPerson``.
        public func remove(_ name: String, of principal: Principal) async throws(AccessError) {
            try await access.change { db in
                let user = try Self.person(db, principal)
                guard try StateQueries.hasFilter(db, user: user, name: name) else {
                    throw AccessError(.notFound, "You keep no filter of that name.")
                }
                try StateQueries.deleteFilter(db, user: user, name: name)
            }
        }

        /// The user whose filters are meant; nil for everybody under `--auth none`.
        private static func person(_ db: Database, _ principal: Principal) throws -> Int64? {
            if principal.kind == .local { return nil }
            guard let name = principal.user, let user = try StateQueries.user(db, name: name) else {
                throw AccessError(
                    .noPerson,
                    "Saved filters belong to people, and \(principal.name) is a token of nobody. Sign in, or use a token of a person."
                )
            }
            return user.id
        }
    }
}
