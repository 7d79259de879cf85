"""Access logs of a made-up bucket in which it is known who scans and who reads: a backup every night, an antivirus once a week,
a crawler that takes days, an indexer that reads every object in parts, and people and programs that read as such do."""
import gzip
import random
import time
import urllib.parse

OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
BEGIN = 1_790_000_000 // 86_400 * 86_400
BUCKET = "trace-bucket"


def key_of(rng, n):
    folders = ["photos/2025", "photos/2026/spring", "tables/sales", "tables/sales/eu/daily", "backups", "docs", "logs/app/a/b/c/d"]
    name = rng.choice(["report", "image", "part", "ü ber", 'quo"te', "100%", "a+b", "x=y&z"])
    return f"{rng.choice(folders)}/{name}-{n}.{rng.choice(['pdf', 'parquet', 'jpg', 'csv'])}"


class Trace:
    def __init__(self, seed, objects=3000, days=28, users=30, reads_a_day=2500):
        self.rng = rng = random.Random(seed)
        self.keys = [key_of(rng, n) for n in range(objects)]
        # A folder that nobody but scans reads.
        self.read_by_people = objects
        self.keys += [f"vault/{n % 5}/box-{n}.tar" for n in range(120)]
        self.sizes = [int(rng.lognormvariate(11, 2)) + 1 for _ in self.keys]
        self.lines, self.serial = [], 0
        weights = [1 / (rank + 1) ** 0.9 for rank in range(objects)]
        rng.shuffle(weights)
        people = [f"arn:aws:iam::123456789012:user/person{n}" for n in range(users)]
        programs = [f"arn:aws:sts::123456789012:assumed-role/{name}/i-{{}}" for name in ("web", "reports", "etl")]
        for day in range(days):
            for n in rng.choices(range(objects), weights, k=reads_a_day):
                who = rng.choice(people) if rng.random() < 0.4 else rng.choice(programs).format(rng.randrange(50))
                self.read(day * 86_400 + rng.randrange(86_400), who, n, part=rng.random() < 0.2)
            # Photos of one folder, one after the other: a person, and no scan.
            album = [n for n, key in enumerate(self.keys) if key.startswith("photos/2025/")][day * 40:day * 40 + 40]
            for step, n in enumerate(album):
                self.read(day * 86_400 + 30_000 + step * 4, people[day % users], n)
            self.scan(day * 86_400 + 79_200, 14_400, f"arn:aws:sts::123456789012:assumed-role/Backup/night-{day}", lambda key: True, day)
            if day % 7 == 6:
                self.scan(day * 86_400 + 3_600, 7_200, "arn:aws:iam::123456789012:user/antivirus", lambda key: not key.startswith("backups/"), day)
        crawl = list(range(len(self.keys)))
        rng.shuffle(crawl)
        for step, n in enumerate(crawl):
            self.read(3 * 86_400 + step * (5 * 86_400 // len(crawl)), "-", n, scan=True, agent="Googlebot/2.1")
        for n, key in enumerate(self.keys):
            if key.startswith("tables/"):
                pieces = 1 + self.sizes[n] // 50_000
                for piece in range(pieces):
                    self.read(12 * 86_400 + n * 5, "arn:aws:iam::123456789012:user/indexer", n, scan=True, bytes_=min(50_000, self.sizes[n] - piece * 50_000))

    def scan(self, begin, takes, who, takes_key, day):
        wanted = [n for n, key in enumerate(self.keys) if takes_key(key)]
        self.rng.shuffle(wanted)
        for step, n in enumerate(wanted):
            # The last days' nights end past the trace.
            self.read(begin + step * takes // len(wanted), who, n, scan=True)

    def read(self, at, who, n, part=False, scan=False, bytes_=None, agent="aws-sdk/1"):
        sent = bytes_ if bytes_ is not None else self.rng.randrange(1, self.sizes[n] + 1) if part else self.sizes[n]
        self.add(at, who, n, "REST.GET.OBJECT", 206 if sent < self.sizes[n] else 200, sent, agent, scan, counts=True)

    def add(self, at, who, n, operation, status, sent, agent, scan=False, counts=False, request=None):
        self.serial += 1
        request = request or f"{self.serial:012X}{self.rng.randrange(1 << 16):04X}"
        key = urllib.parse.quote(urllib.parse.quote(self.keys[n]))
        when = time.strftime("[%d/%b/%Y:%H:%M:%S +0000]", time.gmtime(BEGIN + at))
        line = (f'{OWNER} {BUCKET} {when} 192.0.2.{7 if scan else self.rng.randrange(9, 200)} {who} {request} {operation} {key} "GET /{BUCKET}/{key} HTTP/1.1" {status} - '
                f'{sent or "-"} {self.sizes[n]} 12 9 "-" "{agent}" - hostid= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader {BUCKET}.s3.amazonaws.com TLSv1.2 - - us-east-1')
        self.lines.append((BEGIN + at, request, n, who, sent, scan, counts, line))

    def noise(self):
        """What is no read."""
        rng = self.rng
        for _ in range(len(self.lines) // 20):
            n, at = rng.randrange(self.read_by_people), rng.randrange(20 * 86_400)
            rng.choice([
                lambda: self.add(at, "arn:aws:iam::1:user/a", n, "REST.HEAD.OBJECT", 200, 0, "aws-sdk/1"),
                lambda: self.add(at, "arn:aws:iam::1:user/a", n, "REST.GET.OBJECT", 304, 0, "aws-sdk/1"),
                lambda: self.add(at, "-", n, "REST.GET.OBJECT", 403, 243, "curl/8"),
                lambda: self.add(at, "arn:aws:iam::1:user/a", n, "REST.GET.OBJECT_TAGGING", 200, 100, "aws-sdk/1"),
                lambda: self.add(at, "-", n, "REST.GET.OBJECT", 200, 10, "ELB-HealthChecker/2.0"),
                lambda: self.add(at, "arn:aws:iam::1:user/cf", n, "REST.GET.OBJECT", 200, 10, "cloudflux"),
                lambda: self.copy(at, n, n, False),
                lambda: self.copy(at, n, rng.randrange(self.read_by_people), True),
            ])()

    def copy(self, at, source, target, counts):
        """Two lines with one request id; onto itself it is a change of class, and no read."""
        self.serial += 1
        request = f"{self.serial:012X}COPY"
        who = "arn:aws:iam::123456789012:user/copier"
        counts = counts and source != target
        two = [lambda: self.add(at, who, source, "REST.COPY.OBJECT_GET", 200, 0, "aws-cli/2", counts=counts, request=request),
               lambda: self.add(at, who, target, "REST.COPY.OBJECT", 200, 0, "aws-cli/2", request=request)]
        self.rng.shuffle(two)
        for one in two:
            one()

    def write(self, folder, files=40):
        """In many files, out of order, a tenth told twice, some packed. Gives how often a line was told again."""
        rng = self.rng
        folder.mkdir(parents=True)
        told = [line[-1] for line in self.lines]
        again = rng.sample(range(len(self.lines)), len(self.lines) // 10)
        told += [self.lines[place][-1] for place in again]
        rng.shuffle(told)
        step = len(told) // files + 1
        for number in range(files):
            text = "\n".join(told[number * step:(number + 1) * step]).encode() + (b"\n" if rng.random() < 0.8 else b"")
            path = folder / rng.choice(["a", "b/c"]) / f"2026-09-22-{number:02d}-00-00-{number:016X}"
            path.parent.mkdir(parents=True, exist_ok=True)
            if rng.random() < 0.5:
                path.with_suffix(".gz").write_bytes(gzip.compress(text[:len(text) // 2]) + gzip.compress(text[len(text) // 2:]))
            else:
                path.write_bytes(text)
        # One of a copy onto itself is known by its id as well.
        return sum(self.lines[place][6] or "REST.COPY.OBJECT_GET" in self.lines[place][-1] for place in again)
