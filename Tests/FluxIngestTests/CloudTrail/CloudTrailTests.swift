import CZlib
import FluxEvents
import FluxStores
import FluxTesting
import NIOCore
import Testing

@testable import FluxIngest

@Suite struct CloudTrailTests {
    private static let scope = ReadScope(
        bucket: Array("b".utf8), prefix: Array("p/".utf8), logBucket: Array("t".utf8), logPrefix: Array("AWSLogs/".utf8)
    )

    /// As gzip packs it.
    private func packed(_ text: String) -> ByteBuffer {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                == Z_OK
        else { return ByteBuffer() }
        defer { deflateEnd(&stream) }
        var input = Array(text.utf8)
        var output = [UInt8](repeating: 0, count: input.count + 1_000)
        let left = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                deflate(&stream, Z_FINISH)
                return Int(stream.avail_out)
            }
        }
        return ByteBuffer(bytes: output.dropLast(left))
    }

    private func record(
        _ name: String, key: String = "p/a", bucket: String = "b", more: String = "", answer: String = "null"
    ) -> String {
        """
        {"eventSource":"s3.amazonaws.com","eventName":"\(name)","eventTime":"2026-11-30T10:22:33Z","requestID":"R\(name)\(key)",
        "userIdentity":{"arn":"arn:aws:sts::1:assumed-role/job/i-1"},"userAgent":"[x]","sourceIPAddress":"192.0.2.1",
        "requestParameters":{"bucketName":"\(bucket)","key":"\(key)"\(more)},"responseElements":\(answer)}
        """
    }

    private func file(_ records: [String], withReads: Bool = true) throws -> CloudTrailFile {
        try CloudTrailFile(
            packed("{\"Records\":[\(records.joined(separator: ","))]}"), scope: Self.scope, storeID: "st",
            withReads: withReads)
    }

    @Test func changesAndReadsOfTheStoreAreTaken() throws {
        let found = try file([
            record("PutObject"), record("CompleteMultipartUpload", key: "p/b"), record("DeleteObject"),
            record("DeleteObject", answer: #"{"x-amz-delete-marker":"true","x-amz-version-id":"v1"}"#),
            record("GetObject"), record("GetObject", key: "q/a"), record("GetObject", bucket: "c"),
            record("HeadObject"), record("ListObjects"), record("PutObjectAcl"),
            record("CopyObject", more: #","x-amz-copy-source":"b/p/from%20here""#), "{}", "7",
        ])
        #expect(
            found.changes.map(\.name) == [
                "PutObject", "CompleteMultipartUpload", "DeleteObject", "DeleteObject", "CopyObject",
            ])
        #expect(found.changes.map(\.what) == [.created, .created, .deleted, .deleteMarker, .created])
        #expect(found.changes[3].versionID == "v1")
        #expect(found.changes.allSatisfy { $0.requester == "arn:aws:sts::1:assumed-role/job" })
        #expect(found.reads.map { String(decoding: $0.key, as: UTF8.self) } == ["p/a", "p/from here"])
        #expect(found.unreadable == 2 && found.through == 1_796_034_153)
        #expect(try file([record("GetObject")], withReads: false).reads.isEmpty)
    }

    @Test func itReachesAsFarAsWhatIsToldOfOthersLessAnHour() throws {
        #expect(try file([record("GetObject", bucket: "c")]).through == 1_796_034_153 - 3_600)
        #expect(try file([record("GetObject", bucket: "c"), record("GetObject")]).through == 1_796_034_153)
        #expect(try file([]).through == nil)
    }

    @Test func filesThatAreNoneAreRefusedInWords() {
        let whole = packed("{\"Records\":[]}")
        for (bytes, words) in [
            (ByteBuffer(string: "hello"), "damaged"), (ByteBuffer(), "its end is missing"),
            (whole.getSlice(at: 0, length: whole.readableBytes - 4) ?? whole, "its end is missing"),
            (packed("[]"), "no file of CloudTrail"), (packed("{"), "no file of CloudTrail"),
        ] {
            #expect(throws: CloudTrailFile.Failure.self) {
                do {
                    _ = try CloudTrailFile(bytes, scope: Self.scope, storeID: "st", withReads: true)
                } catch let error as CloudTrailFile.Failure {
                    #expect(error.description.contains(words))
                    throw error
                }
            }
        }
    }

    @Test func whatIsPackedComesOutAgainUpToALimit() throws {
        let text = String(repeating: "abcdefgh", count: 100_000)
        var two = packed(text)
        two.writeImmutableBuffer(packed("end"))
        #expect(try Gunzip.unpack(two, limit: 1 << 20) == ByteBuffer(string: text + "end"))
        #expect(throws: Gunzip.Failure.tooLarge(800_002)) { try Gunzip.unpack(two, limit: 800_002) }
    }

    @Test(arguments: SeededRandom.seeds(4)) func anyBytesAreAnErrorOrAText(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let good = packed("{\"Records\":[\(record("GetObject")),\(record("PutObject"))]}")
        for _ in 0..<500 {
            var bytes = Array(good.readableBytesView)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            _ = try? CloudTrailFile(ByteBuffer(bytes: bytes), scope: Self.scope, storeID: "st", withReads: true)
        }
    }

    @Test func namesOfFilesAreRead() throws {
        let folder = Array("x/AWSLogs/123456789012/CloudTrail/eu-central-1/".utf8)
        let series = try #require(CloudTrailFileName.series(ofRegion: folder))
        let key =
            "x/AWSLogs/123456789012/CloudTrail/eu-central-1/2026/11/30/"
            + "123456789012_CloudTrail_eu-central-1_20261130T1022Z_AbCd.json.gz"
        let name = try #require(CloudTrailFileName.read(Array(key.utf8), series))
        #expect(name.time == 1_796_034_120)
        // What is looked for begins an hour before the newest, and stands before all names of that minute.
        let after = try #require(series.after(newest: name.time, isWhole: false, now: name.time))
        #expect(
            String(decoding: after, as: UTF8.self)
                == "x/AWSLogs/123456789012/CloudTrail/eu-central-1/2026/11/30/123456789012_CloudTrail_eu-central-1_20261130T0922"
        )
        for other in [
            key.replacing("20261130T1022Z", with: "20261130T10x2Z"), key.replacing(".gz", with: ".xz"),
            key.replacing("CloudTrail_eu", with: "Digest_eu"), key.replacing("2026/11/30", with: "2026/11"), "x", "",
        ] {
            #expect(CloudTrailFileName.read(Array(other.utf8), series) == nil, "\(other)")
        }
        #expect(CloudTrailFileName.series(ofRegion: Array("x/AWSLogs/12/CloudTrail/eu/".utf8)) == nil)
    }

    @Test func aRecordMeansWhatIsThereUnlessThatCameLater() {
        func put(at seconds: Int64) -> BucketNotification {
            BucketNotification(
                what: .created, name: "PutObject", bucket: "b", key: [1], time: Timestamp(milliseconds: seconds * 1000))
        }
        func object(at seconds: Int64, _ etag: String = "e") -> BucketObject {
            BucketObject(key: [1], size: 3, lastModified: Timestamp(milliseconds: seconds * 1000), etag: etag)
        }
        func verdict(_ told: BucketNotification, _ before: BucketObject?, _ now: BucketObject?)
            -> NotificationRule.Verdict
        {
            NotificationRule.verdict(told, before: before.map { KnownObject($0) }, now: now, isOld: false)
        }
        #expect(verdict(put(at: 10), nil, object(at: 10)) == .upload(object(at: 10)))
        #expect(verdict(put(at: 10), nil, object(at: 11)) == .upload(object(at: 11)))
        #expect(verdict(put(at: 10), nil, object(at: 20)) == .nothing)
        #expect(verdict(put(at: 10), nil, nil) == .nothing)
        #expect(verdict(put(at: 10), object(at: 10), object(at: 10)) == .nothing)
        var delete = put(at: 10)
        delete.what = .deleted
        #expect(verdict(delete, object(at: 5), nil) == .delete(marker: false))
        #expect(verdict(delete, nil, nil) == .nothing)
        // It was put again since, and that was told; what comes next is of a later record.
        #expect(verdict(delete, object(at: 20), nil) == .nothing)
        #expect(verdict(delete, object(at: 20), object(at: 30, "f")) == .nothing)
    }
}
