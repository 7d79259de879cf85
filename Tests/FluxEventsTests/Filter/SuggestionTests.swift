import Testing

@testable import FluxEvents

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("tpye", "type"), ("TYPE", "type"), ("buckt", "bucket"), ("recomended_tier", "recommended_tier"),
        ("temp", "temperature"),
    ])
    func findsWhatWasMeant(_ given: String, _ expected: String) {
        #expect(Suggestion.nearest(to: given, among: FilterField.Name.allCases.map(\.text)) == expected)
    }

    @Test(arguments: ["", "zzzzzz", "colour"])
    func staysSilentWhereNothingIsNear(_ given: String) {
        #expect(Suggestion.nearest(to: given, among: ["type", "bucket"]) == nil)
    }
}
