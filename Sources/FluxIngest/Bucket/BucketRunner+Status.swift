import FluxStores

extension BucketRunner {
    /// Shows how the store is doing.
    func publish() {
        var status = shown.status
        status.state = state
        status.message = message
        status.objects = tally?.objects
        status.bytes = tally?.bytes
        status.progress = listed.map {
            StoreStatus.Progress(done: $0, total: inventoryComplete ? tally?.objects : nil)
        }
        status.lastRescan = lastRescan
        let (counts, interval) = (client.counts, interval)
        status.listing = StoreStatus.Listing(
            intervalSeconds: Double(interval.inMilliseconds) / 1000, requests: counts.requests, retries: counts.retries,
            monthlyCost: isFree ? nil : ListBudget.cost(objects: tally?.objects ?? 0, interval: interval))
        status.accessData = accessData
        shown.status = status
    }

    private var state: StoreStatus.State {
        if failure != nil { return .failed }
        if paused { return .paused }
        if away != nil { return .away }
        if lastRescan == nil { return listed == nil ? .starting : .indexing }
        return .watching
    }

    private var message: String? {
        var parts: [String] = []
        if let failure { parts.append(failure) }
        if let blocked { parts.append(blocked) }
        if let trouble = notifications.trouble, !paused { parts.append(trouble) }
        if let trouble = accessData?.trouble, !paused { parts.append(trouble) }
        if let trailTrouble, !paused { parts.append(trailTrouble) }
        if notifications.strange > 0 {
            parts.append(
                "\(notifications.strange) messages of the queue are none of this store's and are left in it "
                    + "(\(notifications.strangeWhy)).")
        }
        if let away, !paused {
            let end = away == .tooManyDeletes ? "it is back or a person confirms" : "it is back"
            parts.append(away.text + (tally?.objects == 0 ? "" : " Nothing is told to be deleted until \(end)."))
        }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }
}
