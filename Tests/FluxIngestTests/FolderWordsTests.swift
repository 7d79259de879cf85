import Testing

@testable import FluxIngest

@Suite struct FolderWordsTests {
    @Test func oneFolderIsSpokenOfAsOne() {
        #expect(FolderWords.unreadable(1) == "1 folder cannot be read by this user and is left as it was known.")
        #expect(FolderWords.unreadable(2).hasPrefix("2 folders cannot be read by this user and are left"))
        #expect(FolderWords.mounts(1).hasPrefix("1 folder on another file system is left out"))
        #expect(FolderWords.mounts(3).hasPrefix("3 folders on other file systems are left out"))
        #expect(FolderWords.unwatched(1, interval: "5 min").contains("1 folder cannot be watched"))
        #expect(FolderWords.unwatched(1, interval: "5 min").contains("it is watched from"))
        #expect(FolderWords.unwatched(9, interval: "5 min").contains("they are watched from"))
    }
}
