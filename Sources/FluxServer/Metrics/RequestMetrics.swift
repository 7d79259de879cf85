import HTTPTypes

/// Counts requests by route template, never by path, so that labels stay few.
struct RequestMetrics: Sendable {
    let registry: MetricsRegistry

    func count(route: String, method: HTTPRequest.Method, status: Int, took: Duration) {
        let method = Self.known.contains(method.rawValue) ? method.rawValue : "other"
        requests(route: route, method: method, status: status).increment(by: Int64(1))
        duration(route: route).record(took)
    }

    func requests(route: String, method: String, status: Int) -> MetricCounter {
        registry.counter(
            "cloudflux_http_requests_total", help: "Requests answered, by route template, method and status.",
            labels: [("route", route), ("method", method), ("status", String(status))])
    }

    func duration(route: String) -> MetricHistogram {
        registry.histogram(
            "cloudflux_http_request_duration_seconds",
            help: "From a request's head to the head of its answer, by route template.", labels: [("route", route)])
    }

    /// Other methods share one label: their names come from outside.
    private static let known: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
}
