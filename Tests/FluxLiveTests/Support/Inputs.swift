import FluxEvents
import FluxLog
import NIOCore

@testable import FluxLive

func record(_ number: Int, type: String = "cloud.upload", padding: Int = 0) -> Record {
    let data =
        "{\"file_name\":\"file-\(number).txt\",\"provider\":\"file\",\"bucket\":\"/srv\",\"details\":{\"n\":\(number),\"p\":\"\(String(repeating: "x", count: padding))\"}}"
    return Event(
        id: "e\(number)-\(type)", source: "/clients/test", type: EventType(rawValue: type), subject: nil,
        time: Timestamp(milliseconds: 1_000 + Int64(number)), data: ByteBuffer(string: data),
        key: ByteBuffer(string: "key")
    ).record()
}

func stored(_ number: Int, offset: Int64, type: String = "cloud.upload", at time: Int64 = 5_000) -> StoredRecord {
    StoredRecord(
        partition: 0, offset: offset, recordedAt: Timestamp(milliseconds: time), record: record(number, type: type))
}

func limits(_ change: (inout LiveConfiguration) -> Void = { _ in }) -> LiveConfiguration {
    var limits = LiveConfiguration()
    change(&limits)
    return limits
}
