/// The JSON Schemas that several routes share, as JSON text.
enum ComponentSchemas {
    struct Schema: Sendable {
        var name: String
        var json: String

        init(_ name: String, _ json: String) {
            self.name = name
            self.json = json
        }
    }

    static let all: [Schema] = shared + objects

    private static let shared: [Schema] = [
        Schema(
            "Problem",
            """
            {"type":"object","description":"An error (RFC 9457).","required":["type","title","status","code","detail"],
            "properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},
            "code":{"type":"string","description":"A stable name."},"detail":{"type":"string","description":"What failed, why, what to do."},
            "request_id":{"type":"string"},"parameter":{"type":"string"},"suggestion":{"type":["string","null"]},
            "position":{"type":"integer","description":"Where in a filter, in characters from 0."},
            "index":{"type":"integer","description":"Which event of the request, from 0."},
            "pointer":{"type":"string","description":"A JSON pointer to what is wrong."}}}
            """),
        Schema(
            "Time",
            #"{"type":"string","format":"date-time","description":"UTC with milliseconds and Z.","examples":["2026-11-23T05:11:20.123Z"]}"#
        ),
        Schema(
            "Event",
            """
            {"type":"object","required":["id","type","source","timestamp","recorded_at","partition","offset","correlation_id",
            "user_id","version","simulated","data"],"properties":{"id":{"type":"string"},"type":{"type":"string"},
            "source":{"type":"string"},"timestamp":{"$ref":"#/components/schemas/Time"},
            "recorded_at":{"$ref":"#/components/schemas/Time"},"partition":{"type":"integer","minimum":0},
            "offset":{"type":"integer","minimum":0},"correlation_id":{"type":["string","null"]},
            "user_id":{"type":["string","null"]},"version":{"type":"string","const":"1.0"},"simulated":{"type":"boolean"},
            "subject":{"type":"string"},"extensions":{"type":"object"},
            "data":{"description":"By type; see /api/schemas."}}}
            """),
        Schema(
            "NewEvent",
            """
            {"type":"object","additionalProperties":false,"required":["type","data"],"properties":{
            "id":{"type":["string","null"],"minLength":1,"maxLength":200},
            "type":{"type":"string","pattern":"^[A-Za-z0-9][A-Za-z0-9._/-]{0,255}$"},
            "source":{"type":["string","null"],"minLength":1},"timestamp":{"type":["string","null"],"format":"date-time"},
            "correlation_id":{"type":["string","null"]},"data":{"description":"Any JSON; of our own types, what its schema says."}}}
            """),
        Schema(
            "CloudEvent",
            """
            {"type":"object","description":"CloudEvents 1.0 in structured form.","required":["specversion","id","source","type"],
            "properties":{"specversion":{"type":"string","const":"1.0"},"id":{"type":"string","minLength":1},
            "source":{"type":"string","minLength":1},"type":{"type":"string","minLength":1},"subject":{"type":["string","null"],"minLength":1},
            "time":{"type":["string","null"],"format":"date-time"},"datacontenttype":{"type":["string","null"]},"data":{}}}
            """),
        Schema(
            "Gap",
            """
            {"type":"object","required":["from","to","count","reason"],"properties":{"from":{"type":"string"},
            "to":{"type":"string"},"count":{"type":["integer","null"]},"reason":{"type":"string"}}}
            """),
        Schema(
            "EventPage",
            """
            {"type":"object","required":["events","total","limit","next_cursor","scanned"],"properties":{
            "events":{"type":"array","items":{"$ref":"#/components/schemas/Event"}},
            "total":{"type":["integer","null"],"minimum":0,"description":"Exact, or null with a filter or time unless count=1."},
            "limit":{"type":"integer"},"next_cursor":{"type":["string","null"]},
            "scanned":{"type":"integer","minimum":0,"description":"How many events were looked at."},
            "gaps":{"type":"array","items":{"$ref":"#/components/schemas/Gap"},
            "description":"What could not be shown; only there if something could not."}}}
            """),
        Schema(
            "Stats",
            """
            {"type":"object","required":["total_events_produced","simulated_events","events_in_history",
            "active_websocket_connections","active_subscribers","event_type_distribution","events_per_second",
            "uptime_seconds","uptime_status","latency_ms"],"properties":{
            "total_events_produced":{"type":"integer","description":"Ever, over restarts, without inventory and simulated ones."},
            "simulated_events":{"type":"integer"},"inventory_events":{"type":"integer"},
            "events_in_history":{"type":"integer","description":"That lists can still show."},
            "active_websocket_connections":{"type":"integer"},"active_subscribers":{"type":"integer"},
            "event_type_distribution":{"type":"object","additionalProperties":{"type":"integer"}},
            "events_per_second":{"type":"number","description":"Over the last 10 seconds."},
            "uptime_seconds":{"type":"number"},"uptime_status":{"type":"string","enum":["running","draining"]},
            "latency_ms":{"type":"object","required":["p50","p90","p99","max"],"properties":{"p50":{"type":["integer","null"]},
            "p90":{"type":["integer","null"]},"p99":{"type":["integer","null"]},"max":{"type":["integer","null"]}}}}}
            """),
        Schema(
            "Rates",
            """
            {"type":"object","required":["bars","bar_seconds","next_cursor","scanned"],"properties":{
            "bars":{"type":"array","items":{"type":"object","required":["start","total","by_type"],"properties":{
            "start":{"$ref":"#/components/schemas/Time"},
            "total":{"type":"integer","minimum":0,"description":"Exact, without inventory; of what the log still has."},
            "by_type":{"type":"object","additionalProperties":{"type":"integer"},
            "description":"What this request counted; beyond 100 types the rest together as `other`."}}}},
            "bar_seconds":{"type":"integer"},"next_cursor":{"type":["string","null"]},
            "scanned":{"type":"integer","minimum":0,"description":"How many events were looked at."}}}
            """),
        Schema(
            "Accepted",
            """
            {"type":"object","required":["accepted","duplicates","events"],"properties":{"accepted":{"type":"integer"},
            "duplicates":{"type":"integer"},"events":{"type":"array","items":{"type":"object",
            "required":["id","partition","offset"],"properties":{"id":{"type":"string"},"partition":{"type":"integer"},
            "offset":{"type":"integer"}}}}}}
            """),
        Schema(
            "Simulation",
            """
            {"type":"object","required":["message","events_generated","files_processed","active_subscribers","simulation_id"],
            "properties":{"message":{"type":"string"},"events_generated":{"type":"integer"},"files_processed":{"type":"integer"},
            "active_subscribers":{"type":"integer"},"simulation_id":{"type":"string"},"seed":{"type":"integer"},
            "recorded_events":{"type":"integer","description":"Those of them that were recorded; the rest is drawn."},
            "speed":{"type":"number"},"duration_seconds":{"type":"number"}}}
            """),
        Schema(
            "SavedFilter",
            """
            {"type":"object","required":["name","expression","changed_at"],"properties":{"name":{"type":"string","minLength":1,
            "maxLength":64},"expression":{"type":"string","minLength":1,"maxLength":2048},
            "changed_at":{"$ref":"#/components/schemas/Time"}}}
            """),
        Schema(
            "FilterPreset",
            """
            {"type":"object","required":["name","expression"],"properties":{"name":{"type":"string","minLength":1,
            "maxLength":64},"expression":{"type":"string","minLength":1,"maxLength":2048}}}
            """),
        Schema(
            "Store",
            """
            {"type":"object","required":["id","url","provider","bucket","state","message","objects","bytes","progress",
            "last_rescan","added_at","origin","watches","overflows","listing","access_data"],"properties":{"id":{"type":"string"},"url":{"type":"string"},
            "provider":{"type":"string","enum":["aws","azure","gcp","file"]},"bucket":{"type":"string"},
            "state":{"type":"string","enum":["starting","indexing","watching","paused","away","failed"]},
            "message":{"type":["string","null"]},"objects":{"type":["integer","null"]},"bytes":{"type":["integer","null"]},
            "progress":{"oneOf":[{"type":"null"},{"type":"object","required":["done","total"],"properties":{
            "done":{"type":"integer"},"total":{"type":["integer","null"]}}}]},
            "last_rescan":{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Time"}]},
            "added_at":{"$ref":"#/components/schemas/Time"},"origin":{"type":"string","enum":["configuration","api"]},
            "watches":{"type":"integer"},"overflows":{"type":"integer"},
            "listing":{"oneOf":[{"type":"null"},{"type":"object","description":"How a bucket is listed, and what that costs.",
            "required":["interval_seconds","requests","retries","cost_usd_month"],"properties":{
            "interval_seconds":{"type":"number"},"requests":{"type":"integer"},"retries":{"type":"integer"},
            "cost_usd_month":{"type":["number","null"]}}}]},
            "access_data":{"oneOf":[{"type":"null"},{"type":"object",
            "description":"What is known of reads, and how far that reaches; null where nobody tells of them.",
            "required":["source","through","behind_seconds","files","lines","unreadable_lines","trouble"],"properties":{
            "source":{"type":"string","enum":["access-log"]},
            "through":{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Time"}]},
            "behind_seconds":{"type":["number","null"]},"files":{"type":"integer"},"lines":{"type":"integer"},
            "unreadable_lines":{"type":"integer"},"trouble":{"type":["string","null"]}}}]}}}
            """),
        Schema(
            "SignedIn",
            """
            {"type":"object","required":["user","csrf_token"],"properties":{"user":{"type":"object","required":["name","scopes"],
            "properties":{"name":{"type":"string"},"scopes":{"type":"array","items":{"type":"string","enum":["read","ingest","admin"]}}}},
            "csrf_token":{"type":["string","null"]},"access_token":{"type":"string"},"expires_in":{"type":"integer"}}}
            """),
        Schema(
            "Ready",
            """
            {"type":"object","required":["ready","status","log","catalogue","stores"],"properties":{"ready":{"type":"boolean"},
            "status":{"type":"string","enum":["ready","draining","not_ready"]},"log":{"type":"object"},
            "catalogue":{"type":"object"},"stores":{"type":"array","items":{"type":"object"}}}}
            """),
    ]
}
