import NIOCore
import Testing

@testable import FluxEvents

@Suite struct SchemasTests {
    private func problems(_ text: String, _ type: EventType) throws -> [Schemas.Problem] {
        Schemas.validate(data: try JSONDocument.parse(buffer(text)).root, type: type)
    }

    @Test func everyTypeOfOursHasASchema() throws {
        #expect(Schemas.names().count == 21)
        #expect(Set(Schemas.names()).count == 21)
        for name in Schemas.names() {
            let type = EventType(rawValue: name)
            #expect(type.isReserved)
            let root = try JSONDocument.parse(buffer(try #require(Schemas.schema(for: type)))).root
            #expect(root["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
            #expect(root["title"]?.string == name)
            #expect(root["type"]?.string == "object")
            let properties = try #require(root["properties"])
            for required in try #require(root["required"]).elements {
                #expect(properties[required.string ?? ""] != nil, "\(name)")
            }
            // It is understood whole: data that is no object is refused.
            #expect(try problems("5", type).map(\.pointer) == [""], "\(name)")
        }
        #expect(Schemas.schema(for: EventType(rawValue: "com.github.push")) == nil)
        #expect(try problems("5", EventType(rawValue: "com.github.push")).isEmpty)
    }

    @Test func problemsHavePlaces() throws {
        let data =
            #"{"file_name":"","provider":"aws","bucket":5,"confidence":1.5,"data_temperature":"WARMISH","currency":"EURO","details":[]}"#
        #expect(
            Set(try problems(data, .upload).map(\.pointer)) == [
                "/file_name", "/bucket", "/confidence", "/data_temperature", "/currency", "/details",
            ])
    }

    @Test func wholeNumbersMayBeWrittenWithAPoint() throws {
        let rest = #""file_name":"a","provider":"aws","bucket":"b""#
        #expect(try problems("{\(rest),\"size_bytes\":5.0}", .upload).isEmpty)
        #expect(try problems("{\(rest),\"size_bytes\":1e30}", .upload).isEmpty)
        #expect(try problems("{\(rest),\"size_bytes\":5.5}", .upload).count == 1)
        #expect(try problems("{\(rest),\"size_bytes\":null}", .upload).count == 1)
        #expect(try problems("{\(rest),\"predicted_value\":\"x\",\"anything\":1}", .upload).isEmpty)
    }

    @Test func problemsAreLimited() throws {
        let objects = Array(repeating: "{}", count: 1001).joined(separator: ",")
        let found = try problems("{\"inventory_id\":\"\",\"part\":0,\"final\":1,\"objects\":[\(objects)]}", .inventory)
        #expect(found.count >= Schemas.maximumProblems && found.count < Schemas.maximumProblems + 5)
    }

    @Test func anUnknownWordInASchemaIsNotHalfApplied() throws {
        #expect(JSONSchema(try JSONDocument.parse(buffer(#"{"type":"object","oneOf":[]}"#)).root) == nil)
        let closed = try #require(
            JSONSchema(try JSONDocument.parse(buffer(#"{"properties":{"a":{}},"additionalProperties":false}"#)).root))
        let value = try JSONDocument.parse(buffer(#"{"a":1,"b/c":2}"#)).root
        #expect(closed.problems(of: value).map(\.pointer) == ["/b~1c"])
    }
}
