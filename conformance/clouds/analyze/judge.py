#!/usr/bin/env python3
"""`cloudflux analyze` beside a plain count of the same logs, and beside what is known of who scanned.

    judge.py        SEED=N TRACES=2 CLOUDFLUX=.build/debug/cloudflux
"""
import collections
import gzip
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import urllib.parse

from trace import BEGIN, BUCKET, Trace

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = os.environ.get("CLOUDFLUX", str(ROOT / ".build/debug/cloudflux"))
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
passed = failed = 0


def check(good, what):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"  {'passed' if good else 'FAILED'}   {what}", flush=True)


def analyze(*arguments, given=None):
    done = subprocess.run([BINARY, "analyze", "--provider", "aws", *map(str, arguments)], input=given, capture_output=True, timeout=600)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def rows(output):
    lines = [json.loads(line) for line in output.splitlines()]
    return {(line["bucket"], line["file_name"]): line for line in lines[:-1]}, lines[-1]["summary"]


def time_of(text):
    import calendar
    import time
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S.000Z"))


def name(who):
    parts = who.split("/")
    return "/".join(parts[:2]) if ":assumed-role/" in who else who


def counted(trace, folder, again):
    """Everything that a plain count gives."""
    code, output, errors = analyze(folder, "--json")
    check(code == 0 and not errors, f"it reads {len(trace.lines)} lines in files of every kind without complaint{': ' + errors[:300] if errors else ''}")
    found, summary = rows(output)
    expected = {}
    for at, _, n, who, sent, _, counts, _ in trace.lines:
        if counts:
            row = expected.setdefault((BUCKET, trace.keys[n]), [0, 0, set(), at, at])
            row[0], row[1], row[3], row[4] = row[0] + 1, row[1] + sent, min(row[3], at), max(row[4], at)
            row[2].add(name(who) if who != "-" else "anonymous")
    mine = {key: (row["access_count"], row["bytes_read"], row["requesters"], time_of(row["first_access"]), time_of(row["last_access"])) for key, row in found.items()}
    # Whoever is anonymous is told apart by address, and the crawler has one.
    theirs = {key: (row[0], row[1], len(row[2]), row[3], row[4]) for key, row in expected.items()}
    wrong = [(key, mine.get(key), theirs.get(key)) for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)]
    check(not wrong, f"reads, bytes, requesters, first and last are those of a plain count, for each of {len(theirs)} objects {wrong[:3] or ''}")
    check(summary["duplicate_lines"] == again, f"each of {again} reads that were told twice counts once ({summary['duplicate_lines']})")
    check(summary["lines"] == len(trace.lines) + len(trace.lines) // 10 and summary["unreadable_lines"] == 0, "every line is counted as one")
    return found, summary


def scans(trace, found, summary):
    """Of the reads of scans 95 in 100 are found, of others 1 in 100 is not wronged."""
    scanned = collections.Counter(trace.keys[line[2]] for line in trace.lines if line[5] and line[6])
    real = collections.Counter(trace.keys[line[2]] for line in trace.lines if line[6] and not line[5])
    told = {key: row["scan_reads"] for (_, key), row in found.items()}
    missed = sum(max(0, count - told.get(key, 0)) for key, count in scanned.items())
    wronged = sum(max(0, told.get(key, 0) - scanned[key]) for key in told)
    print(f"           scans: {100 * (1 - missed / scanned.total()):.2f} % of {scanned.total()} reads found; {100 * wronged / real.total():.3f} % of {real.total()} others wronged")
    check(missed <= 0.05 * scanned.total(), "95 in 100 reads of scans are found")
    check(wronged <= 0.01 * real.total(), "1 in 100 other reads is called a scan's, or fewer")
    who = {scan["requester"].split("/")[-1] for scan in summary["scans"]}
    check({"Backup", "antivirus", "indexer", "anonymous:192.0.2.7"} <= who, f"each scan has its requester: {sorted(who)}")
    check(sum(scan["access_count"] for scan in summary["scans"]) == summary["scan_reads"] == sum(told.values()), "scans, summary and objects tell the same sum")
    # An object that only scans happened to read, among others that people read every few days, is rightly warm; a whole folder of
    # such is not. What is read ten times a day is hot.
    days = (max(line[0] for line in trace.lines) - BEGIN) / 86_400
    vault = collections.Counter(row["data_temperature"] for (_, key), row in found.items() if key.startswith("vault/"))
    hot = [row["data_temperature"] for (_, key), row in found.items() if real[key] > 10 * days]
    check(vault.total() == 120 and set(vault) <= {"COLD", "ARCHIVE"}, f"a folder that only scans read is cold: {dict(vault)}")
    check(hot and set(hot) == {"HOT"}, f"all of {len(hot)} objects that are read ten times a day are hot")


def forms(trace, folder, scratch):
    """The same from standard input, from one packed file, in any order; and what is no log."""
    text = b"".join((gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes()) + b"\n" for p in sorted(folder.rglob("*")) if p.is_file())
    whole = analyze(folder, "--json")[1].splitlines()
    for what, arguments, given in [("standard input", ["-"], text), ("packed standard input", ["-"], gzip.compress(text, 1))]:
        code, output, _ = analyze(*arguments, "--json", given=given)
        check(code == 0 and output.splitlines()[:-1] == whole[:-1], f"{what} gives the same")
    packed = scratch / "packed.gz"
    packed.write_bytes(gzip.compress(text, 1)[:-30])
    code, output, errors = analyze(packed, "--json")
    check(code == 0 and "its end is missing" in errors and rows(output)[1]["lines"] > 1000, "a packed file that is cut counts as far as it goes, and is named")
    other = scratch / "other.txt"
    other.write_text("not a log\n" * 5)
    code, _, errors = analyze(other)
    check(code == 1 and "no line" in errors and "Traceback" not in errors, f"a file that is no log is refused in a sentence: {errors.strip()[:160]}")
    code, output, errors = analyze(other, folder, "--json")
    check(code == 0 and "other.txt: nothing in it" in errors and output.splitlines()[:-1] == whole[:-1], "beside logs it is named and left out")
    code, _, errors = analyze(scratch / "none")
    check(code == 1 and "No such file" in errors, "one that is not there is refused")
    (scratch / "long").write_bytes(b"x" * (1 << 20) + b"\n" + text[:4000].split(b"\n")[0] + b"\n")
    code, output, _ = analyze(scratch / "long", "--json")
    check(code == 0 and rows(output)[1]["lines"] == 1 and rows(output)[1]["unreadable_lines"] == 1, "a line of a megabyte is one unreadable line")
    code, output, _ = analyze(folder)
    words = output.decode()
    check(code == 0 and all(word in words for word in ("TEMPERATURE", "HOTTEST", "COLDEST", "SCAN BY")), "people get tables")


def cloudtrail(scratch):
    """What CloudTrail delivers; and a read that both tell of is one."""
    def record(n, **more):
        return {"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "eventTime": f"2026-09-01T00:00:{n:02d}Z", "requestID": f"CT{n}", "sourceIPAddress": "192.0.2.1", "userAgent": "[aws-cli/2]",
                "userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::1:assumed-role/web/i-{n}"}, "requestParameters": {"bucketName": "trail", "key": "a b/ü+%.txt"},
                "additionalEventData": {"bytesTransferredOut": 1000}, **more}
    records = [record(n) for n in range(10)] + [record(3), record(20, eventName="HeadObject"), record(21, errorCode="AccessDenied"), record(22, userAgent="[cloudflux]"),
               record(23, eventName="CopyObject", requestParameters={"bucketName": "trail", "key": "x", "x-amz-copy-source": "trail/a%20b/%C3%BC%2B%25.txt"}),
               record(24, eventName="CopyObject", requestParameters={"bucketName": "trail", "key": "x", "x-amz-copy-source": "trail/x"}), {"eventSource": "ec2.amazonaws.com", "eventName": "RunInstances"}]
    (scratch / "trail.json.gz").write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    line = (f'{"f" * 64} trail [01/Sep/2026:00:00:05 +0000] 192.0.2.1 arn:aws:sts::1:assumed-role/web/i-5 CT5 REST.GET.OBJECT a%2520b/%25C3%25BC%252B%2525.txt '
            '"GET /x HTTP/1.1" 200 - 1000 1000 1 1 "-" "aws-cli/2" -')
    (scratch / "trail.log").write_text(line + "\n")
    code, output, errors = analyze(scratch / "trail.json.gz", scratch / "trail.log", "--json")
    found, summary = rows(output)
    row = found.get(("trail", "a b/ü+%.txt"), {})
    check(code == 0 and not errors and len(found) == 1 and row.get("access_count") == 11 and row.get("bytes_read") == 10_000 and row.get("requesters") == 1 and summary["duplicate_lines"] == 2,
          f"CloudTrail's reads count, with an access log's of the same request once: {row} {errors}")
    (scratch / "lines.json").write_text("\n".join(json.dumps(one) for one in records))
    code, output, _ = analyze(scratch / "lines.json", "--json")
    check(code == 0 and rows(output)[0][("trail", "a b/ü+%.txt")]["access_count"] == 11, "records one a line are read as well")


def inventory(trace, folder, scratch):
    """An inventory beside the logs tells of what nobody read; alone it is refused, in another format it is named."""
    there = scratch / "inventory" / "data"
    there.mkdir(parents=True)
    quoted = lambda *fields: ",".join(f'"{field}"' for field in fields)
    odd = "never/a+b c/ü.bin"
    lines = [quoted(BUCKET, urllib.parse.quote_plus(key, safe="/"), 1000 + n, "2020-01-01T00:00:00.000Z", "e" * 32, "STANDARD_IA") for n, key in enumerate(trace.keys)]
    lines += [quoted(BUCKET, urllib.parse.quote_plus(odd, safe="/"), 7, "2020-01-01T00:00:00.000Z", "e" * 32, "GLACIER_IR")]
    lines += [quoted("versions", f"k{n}", f"v{n}", *flags, 9, "2020-01-01T00:00:00.000Z") for n, flags in enumerate([("true", "false"), ("false", "false"), ("true", "true")])]
    (there / "part.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (there.parent / "manifest.json").write_text(json.dumps({"fileFormat": "CSV", "fileSchema": "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass", "files": []}))
    (there.parent / "manifest.checksum").write_text("0" * 32)
    alone = rows(analyze(folder, "--json")[1])[0]
    code, output, errors = analyze(folder, there.parent, "--json")
    found, summary = rows(output)
    check(code == 0 and not errors and summary["inventory_lines"] == len(lines) and summary["lines"] == sum(1 for _ in trace.lines) + len(trace.lines) // 10, f"an inventory is read beside logs {errors[:200]}")
    unread = found.get((BUCKET, odd), {})
    check(unread.get("access_count") == 0 and unread.get("first_access", 1) is None and unread.get("size_bytes") == 7 and unread.get("storage_class") == "GLACIER_IR" and unread.get("data_temperature") in ("COLD", "ARCHIVE"),
          f"what nobody read is there, and cold: {unread}")
    check({key for bucket, key in found if bucket == "versions"} == {"k0"}, "older versions and delete markers are not there")
    check(all(found[key]["access_count"] == row["access_count"] and found[key]["size_bytes"] >= 1000 for key, row in alone.items() if key[1] in trace.keys), "reads are those of the logs, sizes those of the inventory")
    code, _, errors = analyze(there.parent)
    check(code == 1 and "says nothing of reads" in errors, f"an inventory alone is refused in a sentence: {errors.strip()[:160]}")
    (there.parent / "manifest.json").write_text(json.dumps({"fileFormat": "ORC", "fileSchema": "x", "files": []}))
    code, _, errors = analyze(folder, there.parent, "--json")
    check(code == 0 and "the inventory is in ORC" in errors, f"one in another format is named: {errors.strip()[:160]}")


def main():
    print(f"           SEED={SEED}")
    for number in range(int(os.environ.get("TRACES", "2"))):
        rng = random.Random(SEED + number)
        with tempfile.TemporaryDirectory(prefix="cloudflux-analyze-") as scratch:
            scratch = pathlib.Path(scratch)
            trace = Trace(SEED + number, objects=rng.choice([1500, 3000]), days=rng.choice([9, 16, 28]), reads_a_day=rng.choice([1200, 2500]))
            trace.noise()
            folder = scratch / "logs"
            again = trace.write(folder)
            found, summary = counted(trace, folder, again)
            scans(trace, found, summary)
            if number == 0:
                forms(trace, folder, scratch)
                cloudtrail(scratch)
                inventory(trace, folder, scratch)
    print(f"analyze: {passed} passed, {failed} failed")
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main())
