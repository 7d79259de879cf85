import FluxCatalog
import FluxEvents
import FluxLive
import FluxLog
import FluxStores

/// What the rooms below count, as metrics. `docs/operations.md` lists them all with their meaning.
enum RoomMetrics {
    static func log(_ log: LogStatistics, health: LogHealth, into text: inout MetricsText) {
        func perTopic(
            _ name: String, _ kind: MetricsText.Kind, _ help: String, _ value: (LogStatistics.Topic) -> Double
        ) {
            text.family(name, kind, help)
            for topic in log.topics { text.sample(value(topic), labels: [("topic", topic.name)]) }
        }
        perTopic("cloudflux_log_appended_events_total", .counter, "Events appended since the start.") {
            Double($0.appendedRecords)
        }
        perTopic("cloudflux_log_appended_bytes_total", .counter, "Bytes appended since the start, with batch headers.")
        {
            Double($0.appendedBytes)
        }
        perTopic("cloudflux_log_groups_total", .counter, "Groups of appends that were written together.") {
            Double($0.groups)
        }
        perTopic("cloudflux_log_duplicates_total", .counter, "Events that were recognised as there already.") {
            Double($0.duplicates)
        }
        perTopic("cloudflux_log_segments", .gauge, "Segment files.") { Double($0.segments) }
        perTopic("cloudflux_log_size_bytes", .gauge, "Bytes of the segment files.") { Double($0.bytesOnDisk) }
        perTopic("cloudflux_log_earliest_offset", .gauge, "The lowest offset that is kept.") { Double($0.earliest) }
        perTopic("cloudflux_log_head_offset", .gauge, "The offset that the next event gets.") { Double($0.head) }
        perTopic("cloudflux_log_trimmed_segments_total", .counter, "Segments that retention removed.") {
            Double($0.trimmedSegments)
        }
        perTopic("cloudflux_log_window_events", .gauge, "Identities that the duplicate window holds.") {
            Double($0.windowEvents)
        }
        perTopic("cloudflux_log_damage_met_total", .counter, "Times a reader met damage and was given a gap.") {
            Double($0.damageMet)
        }
        text.family("cloudflux_log_sync_duration_seconds", .histogram, "How long syncs of the log took.")
        text.histogram(
            bounds: LogStatistics.syncBoundsMicroseconds.map { Double($0) / 1e6 }, counts: log.syncBuckets,
            sum: Double(log.syncMicroseconds) / 1e6)
        text.single(
            "cloudflux_log_refused_disk_full_total", .counter, "Appends refused because the disk was full.",
            log.refusedDiskFull)
        text.single(
            "cloudflux_log_clock_behind_total", .counter,
            "Groups written while the clock was over five minutes behind the newest event.", log.clockBehind)
        text.single("cloudflux_log_waiting_appends", .gauge, "Appends that wait for the writer.", log.waitingAppends)
        text.single(
            "cloudflux_log_accepts_appends", .gauge, "1 while events are taken, else 0.", health.acceptsAppends ? 1 : 0)
    }

    static func live(_ live: LiveStatistics, into text: inout MetricsText) {
        text.single("cloudflux_live_websockets", .gauge, "Open WebSocket streams.", live.webSockets)
        text.single("cloudflux_live_subscribers", .gauge, "Open streams of every kind.", live.subscribers)
        text.single("cloudflux_live_behind", .gauge, "Streams that are reading history.", live.behind)
        text.single("cloudflux_live_delivered_events_total", .counter, "Events given to streams.", live.delivered)
        text.single("cloudflux_live_gaps_total", .counter, "Gap notices given to streams.", live.gaps)
        text.single(
            "cloudflux_live_stalled_total", .counter, "Streams ended because nothing was taken or answered.",
            live.stalled)
        text.single(
            "cloudflux_live_subscriptions_total", .counter,
            "Subscriptions that began: streams that were opened, and changes of filter or place.", live.subscriptions)
        text.family(
            "cloudflux_live_refused_total", .counter, "Parameters and messages of clients that were refused, by code.")
        for code in StreamRequestError.Code.all {
            text.sample(Double(live.refused[code.description] ?? 0), labels: [("code", code.description)])
        }
        text.family("cloudflux_live_ended_total", .counter, "Streams that this server ended, by close code.")
        for code in Set(LiveClose.catalogue.map(\.code)).sorted() {
            text.sample(Double(live.ended[code] ?? 0), labels: [("code", String(code))])
        }
        text.single(
            "cloudflux_live_buffered_bytes", .gauge, "Bytes of the log held in memory for streams.", live.bufferedBytes)
        guard let latency = live.latency else { return }
        text.family(
            "cloudflux_live_latency_seconds", .gauge,
            "From recorded to handed to the socket, over the last minute or two, by percentile.")
        for (name, value) in [("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99), ("max", latency.max)] {
            text.sample(Double(value) / 1000, labels: [("percentile", name)])
        }
    }

    /// The process and what it stands on. What cannot be had is left out rather than told as 0.
    static func process(freeBytes: Int64?, certificateExpiry: Int?, into text: inout MetricsText) {
        func single(_ name: String, _ kind: MetricsText.Kind, _ help: String, _ value: Double?) {
            guard let value else { return }
            text.family(name, kind, help)
            text.sample(value)
        }
        single(
            "cloudflux_process_resident_memory_bytes", .gauge, "Bytes of the process that are in memory.",
            ProcessFigures.residentBytes.map { Double($0) })
        single(
            "cloudflux_process_cpu_seconds_total", .counter, "Processor time, the system's share included.",
            ProcessFigures.processorSeconds)
        single(
            "cloudflux_process_open_fds", .gauge, "File descriptors that are open.",
            ProcessFigures.openDescriptors.map { Double($0) })
        single(
            "cloudflux_process_max_fds", .gauge, "File descriptors that may be open.",
            ProcessFigures.maxDescriptors.map { Double($0) })
        single(
            "cloudflux_disk_free_bytes", .gauge, "Free space of the disk that the data folder is on.",
            freeBytes.map { Double($0) })
        single(
            "cloudflux_tls_certificate_expiry_timestamp_seconds", .gauge,
            "When the first certificate of the chain in use expires, in seconds since 1970; absent without TLS.",
            certificateExpiry.map { Double($0) })
    }

    static func connections(_ sockets: SocketCount, into text: inout MetricsText) {
        text.single("cloudflux_http_connections", .gauge, "Open connections of every kind.", sockets.count)
        text.family(
            "cloudflux_http_connections_cut_total", .counter, "Connections ended because of a limit, by reason.")
        for why in SocketCount.Cut.allCases {
            text.sample(Double(sockets.cuts(why)), labels: [("reason", why.rawValue)])
        }
    }

    static func exports(_ exports: ExportGate.Counts, into text: inout MetricsText) {
        text.single("cloudflux_exports_running", .gauge, "Exports that run.", exports.running)
        text.family("cloudflux_exports_total", .counter, "Exports by how they ended.")
        for (result, count) in [("whole", exports.whole), ("cut", exports.cut), ("refused", exports.refused)] {
            text.sample(Double(count), labels: [("result", result)])
        }
    }

    static func catalogue(
        _ catalogue: CatalogStatistics, state: CatalogState, fence: Int64, into text: inout MetricsText
    ) {
        text.family("cloudflux_catalogue_state", .gauge, "1 for the state that the catalogue is in.")
        text.sample(1, labels: [("state", state.name)])
        text.single(
            "cloudflux_catalogue_lag_events", .gauge, "Events in the log that the catalogue has not folded yet.",
            catalogue.lagEvents)
        text.single(
            "cloudflux_catalogue_repaired_gap_events_total", .counter,
            "Events that a repair of the log had left out, passed over since the start.", catalogue.repairedGapEvents)
        text.single(
            "cloudflux_catalogue_unreadable_events_total", .counter,
            "Events of the own vocabulary that could not be understood, and so changed no object.",
            catalogue.unreadableEvents)
        text.single(
            "cloudflux_catalogue_snapshot_offset", .gauge,
            "Where the newest snapshot stands; retention removes nothing behind it.", fence)
    }

    /// Foreign types share one label: their names come from outside, and labels must stay few.
    static func counts(_ counts: EventCounts, into text: inout MetricsText) {
        var byType: [String: Int64] = [:]
        for (type, count) in counts.byType {
            byType[EventType(rawValue: type).isReserved ? type : "other", default: 0] += count
        }
        byType[EventType.inventory.rawValue] = counts.inventory
        text.family(
            "cloudflux_events_total", .counter, "Events ever recorded, over restarts, by type; foreign types are other."
        )
        for (type, count) in byType.sorted(by: { $0.key < $1.key }) {
            text.sample(Double(count), labels: [("type", type)])
        }
    }

    private static func accessLogs(_ stores: [StoreStatus], into text: inout MetricsText) {
        let told = stores.compactMap { store in store.accessData.map { (store.id, $0) } }
        guard !told.isEmpty else { return }
        text.family("cloudflux_access_log_files_total", .counter, "Files of access logs read since the start.")
        for (id, data) in told { text.sample(Double(data.files), labels: [("store", id)]) }
        text.family("cloudflux_access_log_lines_total", .counter, "Lines of access logs read since the start.")
        for (id, data) in told { text.sample(Double(data.lines), labels: [("store", id)]) }
        text.family(
            "cloudflux_access_log_lines_unreadable_total", .counter, "Of them those that were no line of an access log."
        )
        for (id, data) in told { text.sample(Double(data.unreadableLines), labels: [("store", id)]) }
        let dated = told.compactMap { id, data in data.behindSeconds(at: .now()).map { (id, $0) } }
        guard !dated.isEmpty else { return }
        text.family(
            "cloudflux_access_data_behind_seconds", .gauge, "How old the newest read that is told of a store may be.")
        for (id, seconds) in dated { text.sample(seconds, labels: [("store", id)]) }
    }

    static func stores(_ stores: [StoreStatus], into text: inout MetricsText) {
        text.family("cloudflux_store_state", .gauge, "1 for the state that a store is in.")
        for store in stores { text.sample(1, labels: [("store", store.id), ("state", store.state.rawValue)]) }
        text.family("cloudflux_store_objects", .gauge, "Objects of a store.")
        for store in stores { text.sample(Double(store.objects ?? 0), labels: [("store", store.id)]) }
        text.family("cloudflux_store_size_bytes", .gauge, "Bytes of a store's objects.")
        for store in stores { text.sample(Double(store.bytes ?? 0), labels: [("store", store.id)]) }
        text.family("cloudflux_store_watches", .gauge, "Folders that are watched.")
        for store in stores { text.sample(Double(store.watches), labels: [("store", store.id)]) }
        text.family("cloudflux_store_overflows_total", .counter, "Times a watch overflowed since the start.")
        for store in stores { text.sample(Double(store.overflows), labels: [("store", store.id)]) }
        accessLogs(stores, into: &text)
        let listed = stores.compactMap { store in store.listing.map { (store.id, $0) } }
        guard !listed.isEmpty else { return }
        text.family("cloudflux_store_requests_total", .counter, "Requests to a bucket's service since the start.")
        for (id, listing) in listed { text.sample(Double(listing.requests), labels: [("store", id)]) }
        text.family("cloudflux_store_retries_total", .counter, "Of them those that were tried again.")
        for (id, listing) in listed { text.sample(Double(listing.retries), labels: [("store", id)]) }
        text.family("cloudflux_store_list_interval_seconds", .gauge, "Time between two listings of a bucket.")
        for (id, listing) in listed { text.sample(listing.intervalSeconds, labels: [("store", id)]) }
        text.family(
            "cloudflux_store_list_cost_usd", .gauge,
            "What listing a bucket at this interval costs a month, at AWS's list price.")
        for (id, listing) in listed {
            if let cost = listing.monthlyCost { text.sample(cost, labels: [("store", id)]) }
        }
    }
}
