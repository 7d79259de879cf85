/// The headers of an event's record, as the Kafka binding of CloudEvents 1.0 names them in binary mode.
public enum RecordHeaderName {
    public static let specVersion: StaticString = "ce_specversion"
    public static let id: StaticString = "ce_id"
    public static let source: StaticString = "ce_source"
    public static let type: StaticString = "ce_type"
    public static let subject: StaticString = "ce_subject"
    public static let time: StaticString = "ce_time"
    public static let correlationID: StaticString = "ce_correlationid"
    public static let userID: StaticString = "ce_userid"
    public static let contentType: StaticString = "content-type"
    /// Which extensions are not strings, as `name=i` (integer) or `name=b` (boolean) joined by commas; only where there
    /// is one. Binary mode has no types of its own, and an extension goes out as it came.
    public static let extensionTypes: StaticString = "cf_extensiontypes"
    /// What stands before an attribute's name.
    public static let prefix = "ce_"
}
