// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// What has to be measured inside a process. Everything else in this folder talks to the real server.
let package = Package(
    name: "cloudflux-benchmarks",
    dependencies: [
        .package(name: "cloudflux", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .target(name: "CBaseline"),
        .executableTarget(
            name: "flux-bench",
            dependencies: [
                "CBaseline",
                .product(name: "CloudFluxRooms", package: "cloudflux"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/FluxBench",
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
