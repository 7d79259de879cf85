import FluxEvents
import FluxLog
import NIOCore

/// What a post is answered with: the id of each event, and where the log has it.
enum AcceptedAnswer {
    static func json(_ records: [Record], _ appended: [Appended]) -> ByteBuffer {
        let duplicates = appended.count { $0.isDuplicate }
        var json = ByteBuffer()
        json.reserveCapacity(64 + records.count * 96)
        json.writeStaticString("{\"accepted\":")
        json.writeDecimal(Int64(appended.count - duplicates))
        json.writeStaticString(",\"duplicates\":")
        json.writeDecimal(Int64(duplicates))
        json.writeStaticString(",\"events\":[")
        for (index, place) in appended.enumerated() {
            json.writeStaticString(index == 0 ? "{\"id\":" : ",{\"id\":")
            records[index].withHeaders { bytes, headers in
                while let header = headers.next() {
                    guard let id = header.value, HeaderScan.equal(bytes, header.name, RecordHeaderName.id) else {
                        continue
                    }
                    return json.writeJSONString(utf8: UnsafeRawBufferPointer(rebasing: bytes[id]))
                }
            }
            json.writeStaticString(",\"partition\":")
            json.writeDecimal(Int64(place.partition))
            json.writeStaticString(",\"offset\":")
            json.writeDecimal(place.offset)
            json.writeStaticString("}")
        }
        json.writeStaticString("]}")
        return json
    }
}
