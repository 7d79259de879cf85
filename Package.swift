// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// One module a room (docs/architecture.md). A room imports only rooms on lower floors.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name), "FluxTesting"] + dependencies, resources: resources,
        swiftSettings: strict)
}

let package = Package(
    name: "cloudflux",
    products: [
        .executable(name: "cloudflux", targets: ["cloudflux"]),
        // For Benchmarks/, which is a package of its own.
        .library(name: "CloudFluxRooms", targets: ["FluxEvents", "FluxLog", "FluxLive", "FluxCatalog"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.5.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        // Floor 0: what Swift's Glibc does not reach.
        .target(name: "CFluxSystem"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // What tests share.
        .target(name: "FluxTesting", dependencies: [logging], path: "Tests/FluxTesting", swiftSettings: strict),

        // Floor 1
        room("FluxEvents", [nioCore, crypto]),
        tests("FluxEvents", [nioCore]),

        // Floor 2
        room("FluxLog", ["FluxEvents", "CFluxSystem", nioCore, logging]),
        tests("FluxLog", ["FluxEvents", "CFluxSystem", nioCore, logging], resources: [.copy("Fixtures")]),
        room("FluxAccess", [grdb, crypto, cryptoExtras, nioSSL, nioCore, logging]),
        tests("FluxAccess", [grdb, nioSSL, nioCore, nioPosix, logging, crypto]),
        room(
            "FluxStores",
            ["FluxEvents", "CFluxSystem", httpClient, nioCore, nioPosix, nioHTTP1, nioSSL, crypto, logging]),
        tests("FluxStores", ["FluxEvents", nioCore, logging]),

        room("FluxTiering", []),
        tests("FluxTiering", []),

        // Floor 3
        room("FluxLive", ["FluxEvents", "FluxLog", nioCore, logging]),
        tests("FluxLive", ["FluxEvents", "FluxLog", nioCore, nioPosix, nioEmbedded, logging]),
        room("FluxIngest", ["FluxEvents", "FluxLog", "FluxStores", "CZlib", grdb, nioCore, logging]),
        tests("FluxIngest", ["FluxEvents", "FluxLog", "FluxStores", "CZlib", grdb, nioCore, logging]),
        room("FluxCatalog", ["FluxEvents", "FluxLog", "FluxStores", "FluxTiering", grdb, sqlite, nioCore, logging]),
        tests("FluxCatalog", ["FluxEvents", "FluxLog", "FluxStores", "FluxTiering", grdb, nioCore, logging]),

        // Floor 4
        room(
            "FluxServer",
            [
                "FluxEvents", "FluxLog", "FluxAccess", "FluxStores", "FluxTiering", "FluxLive", "FluxIngest",
                "FluxCatalog",
                "CZlib", hummingbird, hummingbirdCore, hummingbirdTLS, httpTypes, nioCore, nioPosix, nioHTTP1,
                nioHTTPTypes,
                nioHTTPTypesHTTP1, nioSSL, crypto, logging, metrics, lifecycle,
            ]),
        tests(
            "FluxServer",
            [
                "FluxEvents", "FluxLog", "FluxAccess", "FluxTiering", "FluxStores", "FluxLive", "FluxIngest",
                "FluxCatalog", "CZlib",
                hummingbird, httpTypes, nioCore, nioPosix, nioEmbedded, nioHTTP1, logging, metrics,
            ]),
        room(
            "FluxTools",
            [
                "FluxEvents", "FluxLog", "FluxAccess", "FluxStores", "FluxTiering", "FluxIngest", yams, crypto,
                nioCore, nioPosix, nioHTTP1, nioSSL, logging,
            ]),
        tests(
            "FluxTools", ["FluxEvents", "FluxLog", "FluxAccess", "FluxTiering", "FluxIngest", nioCore, logging],
            resources: [.copy("Fixtures")]),

        // Floor 5
        .executableTarget(
            name: "cloudflux",
            dependencies: [
                "FluxEvents", "FluxLog", "FluxAccess", "FluxStores", "FluxLive", "FluxIngest", "FluxCatalog",
                "FluxServer", "FluxTools", "FluxTiering", "CFluxSystem", argumentParser, lifecycle, unixSignals,
                logging, metrics,
                nioCore, nioPosix, nioHTTP1, hummingbird,
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
