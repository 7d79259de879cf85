import FluxEvents
import FluxStores
import Testing

@testable import FluxCatalog

@Suite struct KnownTests {
    @Test func knownObjectsComeInByteOrderOfTheirKeysPageByPage() async throws {
        let fixture = try Fixture()
        let keys: [[UInt8]] = [
            [0x61], [0x61, 0x2F], [0x61, 0x2F, 0x62], [0x61, 0xFF], [0x61, 0xFF, 0xFF], [0x62], [0xFF, 0xFF],
        ]
        try await fixture.append([fixture.store(.storeAdded), fixture.object(.upload, "elsewhere", bucket: "/x")])
        for (number, key) in keys.shuffled().enumerated() {
            try await fixture.append([
                fixture.object(
                    .upload, bytes: key, size: 5,
                    details: number % 2 == 0 ? [:] : ["current_tier": .string("COLD"), "inode": .integer(3)])
            ])
        }
        try await fixture.append([fixture.object(.upload, "gone"), fixture.object(.delete, "gone")])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        for prefix in [[], [0x61], [0x61, 0x2F], [0x61, 0xFF], [0xFF], [0x7A]] as [[UInt8]] {
            let expected = keys.filter { $0.starts(with: prefix) }
            for limit in [1, 2, 100] {
                var seen: [[UInt8]] = []
                var last: [UInt8]?
                while true {
                    let page = try await catalog.known(store: "st_a", under: prefix, after: last, limit: limit)
                    seen += page.map(\.key)
                    last = page.last?.key
                    if page.count < limit { break }
                }
                #expect(seen == expected)
            }
        }
        var count = 0
        try await catalog.forEachKnown(store: "st_a") { _ in count += 1 }
        #expect(count == keys.count)
        #expect(try await catalog.known(store: "st_none", under: [], after: nil, limit: 10) == [])
    }

    @Test func aKnownObjectSaysWhatADiffNeeds() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.store(.storeAdded),
            fixture.object(
                .upload, "f", size: 12, details: ["mtime_ns": .integer(1_234_567_891), "inode": .integer(99)]),
        ])
        try await fixture.append(
            fixture.inventory([
                InventoryEntry(key: [0x67], sizeBytes: 3, mtimeNanoseconds: -1, inode: .max)
            ]))
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let file = try #require(try await catalog.known(store: "st_a", key: [0x66]))
        #expect(file == KnownObject(key: [0x66], size: 12, mtimeNanoseconds: 1_234_567_891, inode: 99, lastOffset: 1))
        let found = try #require(try await catalog.known(store: "st_a", key: [0x67]))
        #expect(found == KnownObject(key: [0x67], size: 3, mtimeNanoseconds: -1, inode: .max, lastOffset: 2))
        // A read says nothing of content or place.
        try await fixture.append([fixture.object(.download, "f", size: 12)])
        try await fixture.append([fixture.object(.delete, "g")])
        try await fixture.catchUp(catalog)
        #expect(try await catalog.known(store: "st_a", key: [0x66])?.lastOffset == 1)
        #expect(try await catalog.known(store: "st_a", key: [0x67]) == nil)
    }
}
