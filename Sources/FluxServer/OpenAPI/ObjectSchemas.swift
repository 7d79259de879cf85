/// The JSON Schemas of what is known of objects.
extension ComponentSchemas {
    static let objects: [Schema] = [
        Schema(
            "Object",
            """
            {"type":"object","required":["id","store_id","provider","bucket","file_name","size_bytes","storage_class","tier",
            "etag","version_id","first_seen","last_modified","last_change","last_access","accesses","last_read","reads",
            "bytes_read","scan_reads","requesters","data_temperature","confidence","chance_30_days","judged_at","deleted"],"properties":{
            "id":{"type":"string"},"store_id":{"type":["string","null"]},"provider":{"type":"string"},"account":{"type":"string"},
            "bucket":{"type":"string"},"file_name":{"type":"string"},"file_name_base64":{"type":"string"},
            "size_bytes":{"type":["integer","null"]},"storage_class":{"type":["string","null"]},"tier":{"type":["string","null"]},
            "etag":{"type":["string","null"]},"version_id":{"type":["string","null"]},"first_seen":{"type":["string","null"]},
            "last_modified":{"type":["string","null"]},"last_change":{"type":["string","null"]},
            "last_access":{"type":["string","null"],"description":"The same as `last_read`."},
            "accesses":{"type":"object","description":"The same as `reads`, and ever.","required":["d1","d7","d30","d90","total"],
            "properties":{"d1":{"type":"integer"},"d7":{"type":"integer"},"d30":{"type":"integer"},"d90":{"type":"integer"},
            "total":{"type":"integer"}}},
            "last_read":{"type":["string","null"],"description":"Scans apart."},
            "reads":{"$ref":"#/components/schemas/Spans"},"bytes_read":{"$ref":"#/components/schemas/Spans"},
            "scan_reads":{"type":"integer","minimum":0,"description":"Of the last 90 days; in no other number."},
            "requesters":{"type":"integer","minimum":0,"description":"Who read it lately, scans apart."},
            "data_temperature":{"enum":["HOT","WARM","COLD","ARCHIVE",null],
            "description":"What it was last called, a forecast; null where it was never judged."},
            "confidence":{"type":["number","null"],"minimum":0,"maximum":1,"description":"How sure that is."},
            "chance_30_days":{"type":["number","null"],"minimum":0,"maximum":1,
            "description":"Of a read within 30 days, when it was judged."},
            "judged_at":{"type":["string","null"],"format":"date-time"},
            "deleted":{"type":"boolean"}}}
            """),
        Schema(
            "AsOf",
            """
            {"type":"object","required":["cursor","lag_events"],"properties":{"cursor":{"type":"string"},
            "lag_events":{"type":"integer"}}}
            """),
        Schema(
            "ObjectPage",
            """
            {"type":"object","required":["objects","total","limit","next_cursor","as_of"],"properties":{
            "objects":{"type":"array","items":{"$ref":"#/components/schemas/Object"}},"total":{"type":["integer","null"]},
            "limit":{"type":"integer"},"next_cursor":{"type":["string","null"]},"as_of":{"$ref":"#/components/schemas/AsOf"}}}
            """),
        Schema(
            "Spans",
            """
            {"type":"object","description":"Of UTC days that end with today: `days_7` is today and the six days before.",
            "required":["days_1","days_7","days_30","days_90"],"properties":{"days_1":{"type":"integer","minimum":0},
            "days_7":{"type":"integer","minimum":0},"days_30":{"type":"integer","minimum":0},
            "days_90":{"type":"integer","minimum":0}}}
            """),
        Schema(
            "ReadDay",
            """
            {"type":"object","required":["day","reads","bytes","scan_reads"],"properties":{
            "day":{"type":"string","format":"date"},"reads":{"type":"integer","minimum":0,"description":"Scans apart."},
            "bytes":{"type":"integer","minimum":0,"description":"Sent for these reads."},
            "scan_reads":{"type":"integer","minimum":0}}}
            """),
        Schema(
            "ObjectDetail",
            """
            {"allOf":[{"$ref":"#/components/schemas/Object"}],"type":"object","required":["deleted_at","accesses_by_day",
            "history","renamed_from","renamed_to","filter","as_of"],"properties":{"deleted_at":{"type":["string","null"]},
            "accesses_by_day":{"type":"array","items":{"type":"object","required":["day","count","bytes"],"properties":{
            "day":{"type":"string","format":"date"},"count":{"type":"integer"},"bytes":{"type":"integer"}}}},
            "history":{"type":"array","maxItems":400,"items":{"$ref":"#/components/schemas/ReadDay"},
            "description":"Ascending; only days with reads."},
            "renamed_from":{"type":["string","null"]},"renamed_to":{"type":["string","null"]},
            "filter":{"type":["string","null"],"description":"Shows this object's events."},
            "as_of":{"$ref":"#/components/schemas/AsOf"}}}
            """),
        Schema(
            "Overview",
            """
            {"type":"object","required":["objects","bytes","stores","classes","temperatures","reads","hottest","coldest","generated_at","as_of"],
            "properties":{"objects":{"type":"integer","minimum":0},"bytes":{"type":"integer","minimum":0},
            "stores":{"type":"array","items":{"type":"object","required":["id","url","bucket","objects","bytes"],
            "properties":{"id":{"type":"string"},"url":{"type":"string"},"bucket":{"type":"string"},
            "objects":{"type":"integer","minimum":0},"bytes":{"type":"integer","minimum":0}}}},
            "classes":{"type":"array","items":{"type":"object","required":["storage_class","objects","bytes"],
            "properties":{"storage_class":{"type":["string","null"]},"objects":{"type":"integer","minimum":0},
            "bytes":{"type":"integer","minimum":0}}}},
            "temperatures":{"type":"array","maxItems":5,"description":"Those with objects, the hottest first.",
            "items":{"type":"object","required":["data_temperature","objects","bytes"],
            "properties":{"data_temperature":{"enum":["HOT","WARM","COLD","ARCHIVE",null]},
            "objects":{"type":"integer","minimum":0},"bytes":{"type":"integer","minimum":0}}}},
            "reads":{"type":"array","maxItems":90,"items":{"$ref":"#/components/schemas/ReadDay"},
            "description":"All reads that were told of, ascending; only days with reads."},
            "hottest":{"oneOf":[{"type":"null"},{"type":"array","maxItems":10,"items":{"$ref":"#/components/schemas/Object"}}],
            "description":"Null where finding them would take too much memory."},
            "coldest":{"type":"array","maxItems":10,"items":{"$ref":"#/components/schemas/Object"},
            "description":"The largest that are `COLD` or `ARCHIVE`."},
            "generated_at":{"$ref":"#/components/schemas/Time"},"as_of":{"$ref":"#/components/schemas/AsOf"}}}
            """),
    ]
}
