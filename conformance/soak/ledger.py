"""The books: what was acknowledged, what the log had, and whether a reader was given exactly that."""

from array import array

SOURCE = "/soak"
NEVER = -1
# What stands at an offset, where it is no event of a writer's: another event, and what the auditor was not given.
OTHER, UNTOLD = -2, -3
NUMBER_BITS = 40


class Filter:
    """An expression, and the same in Python. `passes(form, writer, number)` knows events of writers only."""

    def __init__(self, text, passes):
        self.text, self.passes = text, passes


FILTERS = [
    Filter("type:soak.*", lambda form, writer, number: True),
    Filter("type:soak.native", lambda form, writer, number: form == "native"),
    Filter("source:/soak data.k:3", lambda form, writer, number: number % 8 == 3),
    Filter("type:soak.* data.k>4", lambda form, writer, number: number % 8 > 4),
    Filter("type:soak.* -data.w:2", lambda form, writer, number: writer != 2),
    Filter("type:soak.cloud OR (type:soak.native data.k:1)", lambda form, writer, number: form == "cloud" or number % 8 == 1),
    Filter("type:nothing.*", lambda form, writer, number: False),
]


def grow(numbers, length, value):
    if len(numbers) < length:
        numbers.extend([value] * (length - len(numbers)))


class Ledger:
    def __init__(self, fail):
        self.fail = fail
        self.forms = {}
        # By writer and number: at which offset it was acknowledged, and at which the auditor saw it.
        self.acknowledged, self.seen = {}, {}
        self.log, self.others = array("q"), set()
        self.untold = self.duplicates = self.checked = self.offsets_checked = 0
        self.recorded_at = ""
        self.waiting = []
        self.gaps = []

    # What writers are told.

    def writer(self, number, form):
        self.forms[number] = form
        self.acknowledged[number], self.seen[number] = array("q"), array("q")

    def answered(self, writer, number, offset):
        book = self.acknowledged[writer]
        grow(book, number + 1, NEVER)
        if book[number] not in (NEVER, offset):
            self.fail(f"event {writer}-{number} was acknowledged at offset {book[number]}, and as a duplicate at {offset}")
        book[number] = offset

    # What the auditor sees: every event of the log, in order.

    def told(self, event):
        offset = event["offset"]
        if offset != len(self.log):
            self.fail(f"the auditor was given offset {offset} where {len(self.log)} comes next")
            grow(self.log, offset, UNTOLD)
        if event["recorded_at"] < self.recorded_at:
            self.fail(f"recorded_at ran backwards at offset {offset}: {event['recorded_at']} after {self.recorded_at}")
        self.recorded_at = event["recorded_at"]
        if event["source"] != SOURCE:
            name = event["source"], event["id"]
            if name in self.others:
                self.fail(f"{name} is in the log twice, the second time at offset {offset}")
            self.others.add(name)
            self.log.append(OTHER)
            return
        writer, number = event["data"]["w"], event["data"]["n"]
        if event["id"] != f"{writer}-{number}":
            self.fail(f"the event at offset {offset} has the id {event['id']} and the data of {writer}-{number}")
        book = self.seen[writer]
        grow(book, number + 1, NEVER)
        if book[number] != NEVER:
            self.fail(f"event {writer}-{number} is in the log twice: at {book[number]} and {offset}")
        book[number] = offset
        self.log.append(writer << NUMBER_BITS | number)

    def auditor_gap(self, start, end):
        """What retention took before the auditor had read it."""
        if start != len(self.log):
            self.fail(f"the auditor was told of a gap from {start} where {len(self.log)} comes next")
        grow(self.log, end, UNTOLD)
        self.untold += end - start

    # What readers were given.

    def gap(self, reader, message, start, end):
        if message["reason"] != "retention" or message["count"] != end - start or end <= start:
            self.fail(f"{reader}: a gap that should not be: {message}")
        self.gaps.append((reader, end))

    def span(self, reader, start, end, wanted, offsets):
        """One reader says what it was given of [start, end). Judged once the auditor is as far."""
        self.waiting.append((reader, start, end, wanted, offsets))

    def judge(self):
        later = []
        for span in self.waiting:
            if span[2] > len(self.log):
                later.append(span)
            else:
                self.check(*span)
        self.waiting = later

    def check(self, reader, start, end, wanted, offsets):
        self.checked += 1
        self.offsets_checked += len(offsets)
        expected = array("q")
        untold = False
        for offset in range(start, end):
            entry = self.log[offset]
            if entry >= 0:
                writer, number = entry >> NUMBER_BITS, entry & (1 << NUMBER_BITS) - 1
                if wanted.passes(self.forms[writer], writer, number):
                    expected.append(offset)
            elif entry == UNTOLD:
                untold = True
        if untold:
            offsets = array("q", (one for one in offsets if self.log[one] != UNTOLD))
        if expected != offsets:
            missing, extra = sorted(set(expected) - set(offsets)), sorted(set(offsets) - set(expected))
            self.fail(f"{reader}, filter “{wanted.text}”, of offsets {start} to {end}: {len(expected)} events pass, "
                      f"{len(offsets)} were given; holes: {len(missing)} {missing[:5]}, more than that: {len(extra)} {extra[:5]}")

    def close(self, earliest):
        """The end: every acknowledged event once in the log, or trimmed; every gap really gone."""
        self.judge()
        for reader, start, end, *_ in self.waiting:
            self.fail(f"{reader} was given events up to {end}, and the auditor only up to {len(self.log)}")
        for reader, end in self.gaps:
            if end > earliest:
                self.fail(f"{reader} was told that what lies before {end} is gone, and the log begins at {earliest}")
        found = {"acknowledged": 0, "once": 0, "trimmed": 0, "lost": 0, "unacknowledged": 0}
        for writer, book in self.acknowledged.items():
            seen = self.seen[writer]
            for number, offset in enumerate(book):
                there = seen[number] if number < len(seen) else NEVER
                if offset == NEVER:
                    continue
                found["acknowledged"] += 1
                if there == offset:
                    found["once"] += 1
                elif there == NEVER and offset < len(self.log) and self.log[offset] == UNTOLD:
                    found["trimmed"] += 1
                else:
                    found["lost"] += 1
                    if found["lost"] < 6:
                        self.fail(f"event {writer}-{number}, acknowledged at offset {offset}, is not there (seen at {there})")
            found["unacknowledged"] += sum(
                1 for number, there in enumerate(seen) if there != NEVER and (number >= len(book) or book[number] == NEVER))
        return found
