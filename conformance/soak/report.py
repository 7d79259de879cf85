"""The end of a soak: a table of what there was at the start, at the end, and at most; each row is judged."""

import statistics

from machine import MEBIBYTE


class Samples:
    """Figures by time. Only those of the life that lasted count, once it was warm."""

    def __init__(self):
        self.all, self.life = [], None
        self.first = self.last = float("inf")

    def add(self, moment, life, **figures):
        self.all.append((moment, life, figures))

    def steady(self, first):
        self.first = first

    def end(self, last):
        self.last = last

    def series(self, name):
        life = self.all[-1][1]
        return [(moment, figures[name]) for moment, its, figures in self.all if its == life and self.first <= moment <= self.last]

    def quarters(self, name):
        """The medians of the first and of the last quarter: one sample says nothing."""
        values = [value for _, value in self.series(name)]
        part = max(1, len(values) // 4)
        return statistics.median(values[:part]), statistics.median(values[-part:])

    def trend(self, name):
        """By the minute, after Theil and Sen: the median of all slopes."""
        series = self.series(name)
        step = max(1, len(series) // 200)
        series = series[::step]
        slopes = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(series) for b in series[i + 1:] if b[0] > a[0]]
        return statistics.median(slopes) * 60 if slopes else 0.0


class Report:
    SPARE_DESCRIPTORS, SPARE_THREADS = 4, 8
    # What memory may be more at the end of the life that lasted than at its start.
    SPARE_MEMORY = 24 * MEBIBYTE
    CATCH_UP_SECONDS = 45

    def __init__(self, world):
        self.world = world
        # Retention looks every ten seconds, asks for a snapshot, and removes at the next look: the log swings by what is
        # written meanwhile.
        self.spare_disk = 8 * MEBIBYTE + world.retention_bytes
        self.most_log = world.retention_bytes + 2 * world.segment_bytes
        self.rows = []
        self.passed = self.failed = self.skipped = 0
        self.metrics, self.accounts, self.objects, self.samples = {}, {}, (0, 0), None
        self.caught_up = 0.0

    def idle(self, memory, descriptors, threads):
        self.idle_memory, self.idle_descriptors, self.idle_threads = memory, descriptors, threads

    def rest(self, memory, descriptors, threads, disk):
        self.rest_memory, self.rest_descriptors, self.rest_threads, self.rest_disk = memory, descriptors, threads, disk

    def add(self, cells, holds, complaint):
        self.rows.append((*cells, holds))
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            self.world.fail(f"{cells[0].strip()}: {complaint}")

    def row(self, what, start, end, limit, holds, show=lambda value: f"{value:,}"):
        """What there was at the start, at the end, and at most."""
        cells = [what] + ["" if value is None else show(value) for value in (start, end, limit)]
        self.add(cells, holds, f"{show(end)}, at most {cells[3]}")

    def least(self, what, count, least=1):
        """What has to have happened, for the soak to have tested it."""
        self.add((what, "", f"{count:,}", ""), count >= least, f"{count}, and at least {least} make a test")

    def show(self):
        world, count, accounts = self.world, self.world.count, self.accounts
        wrong = count["failures"]
        size = lambda value: f"{value / MEBIBYTE:.1f} MiB"  # noqa: E731
        before, after = self.samples.quarters("memory")
        self.row("memory of its own, the life that lasted", before, after, before + self.SPARE_MEMORY, after <= before + self.SPARE_MEMORY, size)
        minutes = (self.samples.last - self.samples.first) / 60
        self.row("  its trend a minute", None, self.samples.trend("memory"), self.SPARE_MEMORY / minutes,
                 self.samples.trend("memory") <= self.SPARE_MEMORY / minutes, size)
        self.row("descriptors at rest", self.idle_descriptors, self.rest_descriptors, self.idle_descriptors + self.SPARE_DESCRIPTORS,
                 self.rest_descriptors <= self.idle_descriptors + self.SPARE_DESCRIPTORS)
        self.row("threads at rest", self.idle_threads, self.rest_threads, self.idle_threads + self.SPARE_THREADS,
                 self.rest_threads <= self.idle_threads + self.SPARE_THREADS)
        before, after = self.samples.quarters("disk")
        self.row("disk use, the life that lasted", before, after, before + self.spare_disk, after <= before + self.spare_disk, size)
        if after > before + self.spare_disk:
            for moment, kinds in self.samples.series("kinds")[::5]:
                largest = ", ".join(f"{kind} {size(used)}" for kind, used in kinds.most_common(5))
                self.world.say(f"disk use at {moment - self.world.began:.0f} s: {largest}")
        log = self.metrics['cloudflux_log_size_bytes{topic="events"}']
        self.row("  the log", None, log, self.most_log, log <= self.most_log, size)
        self.row("all readers at the head, after the last event", None, self.caught_up, self.CATCH_UP_SECONDS,
                 self.caught_up <= self.CATCH_UP_SECONDS, lambda value: f"{value:.1f} s")
        for name, what in (("cloudflux_catalogue_lag_events", "lag of the catalogue, events"), ("cloudflux_live_subscribers", "streams at rest"),
                           ("cloudflux_live_behind", "  behind"), ("cloudflux_log_waiting_appends", "appends that wait at rest"),
                           ("cloudflux_exports_running", "exports at rest"), ('cloudflux_log_damage_met_total{topic="events"}', "damage met")):
            self.row(what, 0, int(self.metrics[name]), 0, self.metrics[name] == 0)
        self.least("events acknowledged", accounts["acknowledged"], 1000)
        self.row("  in the log, once", None, accounts["once"], None, True)
        self.row("  trimmed before they were seen, and told so", None, accounts["trimmed"], None, True)
        self.row("  lost", 0, accounts["lost"], 0, accounts["lost"] == 0)
        self.row("never acknowledged, in the log all the same (once)", None, accounts["unacknowledged"], None, True)
        self.least("duplicates, answered with the first one's offset", world.ledger.duplicates)
        self.least("streams opened", count["streams opened"], 20)
        self.least("  broken off by the server's end, or by a fault", count["streams broken"])
        self.least("filters changed under way", count["filters changed"], 10)
        self.least("events read", count["events read"], 1000)
        self.least("  stretches of a reader compared with the log", world.ledger.checked, 20)
        self.least("gaps told to readers", count["gaps told"])
        self.row("  events in them", None, count["events in gaps"], None, True)
        self.row("objects known, and files (difference)", None, self.objects[1], 0, self.objects[1] == 0)
        self.least("kill -9", count["kill"])
        self.least("clean restarts", count["restart"])
        self.fault("clock jumps", "clock", world.clock.reason)
        self.fault("disk filled and emptied", "fill", world.disk.reason)
        self.least("posts refused while it was full", count["refused posts"] if not world.disk.reason else 1)
        self.row("what went wrong besides", 0, wrong, 0, wrong == 0)
        self.table()

    def fault(self, what, name, reason):
        if reason is None:
            return self.least(what, self.world.count[name])
        self.skipped += 1
        self.rows.append((what, "", "skipped", reason, True))

    def table(self):
        rows = [("what", "start", "end", "limit", True), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        print()
        for row in rows:
            cells = [row[0].ljust(widths[0])] + [row[column].rjust(widths[column]) for column in (1, 2, 3)]
            print("  " + "  ".join(cells) + ("" if row[4] else "  <-- FAILED"))
        print(flush=True)
