"""The example alerts: Prometheus' own tool reads and tries them, and every metric in them is one that a server gives."""
import http.client
import re
import shutil
import ssl
import subprocess
import urllib.request

from flux import ROOT, Skip, wait_for
from packed import serving, sh

FOLDER = ROOT / "packaging/prometheus"


def promtool(*arguments, **more):
    if not shutil.which("promtool"):
        raise Skip("promtool is not installed")
    return sh("promtool", *arguments, **more)


def rules(scratch):
    """promtool finds the rules sound, and each does in its tests what it should"""
    promtool("check", "rules", FOLDER / "alerts.yaml")
    promtool("test", "rules", FOLDER / "alerts_test.yaml")


def each_is_tested(scratch):
    """no alert could go silent without a test that fails"""
    text = (FOLDER / "alerts.yaml").read_text()
    shutil.copy(FOLDER / "alerts_test.yaml", scratch)
    names = re.findall(r"- alert: (\w+)", text)
    assert len(names) > 10
    for name in names:
        silent, count = re.subn(rf"(- alert: {name}\n +expr: )(\|\n(?: {{10,}}.*\n)+|.*\n)", r"\1vector(1) > 2\n", text)
        assert count == 1, name
        (scratch / "alerts.yaml").write_text(silent)
        promtool("check", "rules", scratch / "alerts.yaml")
        assert promtool("test", "rules", scratch / "alerts_test.yaml", code=1) is not None, name


def metrics_exist(scratch):
    """every metric that an alert, or the chapter on monitoring, names is in a server's /metrics, and the docs name all there are"""
    (scratch / "files").mkdir()
    (scratch / "files/a.txt").write_text("a")
    # A bucket at a service that nobody reaches has metrics all the same.
    bucket = "s3://bucket?endpoint=https%3A//nowhere.invalid.amazonaws.com&access-logs=s3://logs"
    with serving(scratch / "data", "--store", f"file://{scratch / 'files'}", "--store", bucket) as server:
        # Some are there only once an event was handed to a reader.
        reader = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        reader.request("GET", "/api/stream/live?filter=type%3Atest.alert")
        answer = reader.getresponse()
        wait_for(lambda: server.json("GET", "/api/stream/stats")["active_subscribers"] == 1, "the reader is there")
        server.json("POST", "/api/stream/events", {"type": "test.alert", "data": {}}, status=202)
        while b"test.alert" not in answer.readline():
            pass

        def names():
            given = server.request("GET", "/metrics")[2].decode()
            found = set(re.findall(r"^(cloudflux_\w+)", given, re.M))
            return found if {"cloudflux_live_latency_seconds", "cloudflux_store_state", "cloudflux_store_list_cost_usd"} <= found else None

        given = wait_for(names, "all metrics are there")
        reader.close()
    given |= names_over_tls(scratch)
    family = lambda name: re.sub(r"_(bucket|sum|count)$", "", name)
    asked = set(re.findall(r"cloudflux_\w+", (FOLDER / "alerts.yaml").read_text()))
    assert asked and not asked - given, asked - given
    docs = (ROOT / "docs/operations.md").read_text()
    told = set(re.findall(r"`(cloudflux_[a-z_]+)", docs))
    assert not {family(name) for name in given} - told, {family(name) for name in given} - told
    # Nothing is known of how far behind logs are that were never read; a case of the bucket's own looks at it.
    unknown = {"cloudflux_access_data_behind_seconds"}
    assert told - {family(name) for name in given} == unknown, told - {family(name) for name in given}
    alerts = set(re.findall(r"- alert: (\w+)", (FOLDER / "alerts.yaml").read_text()))
    assert alerts == set(re.findall(r"`(CloudFlux[A-Z]\w+)`", docs)), alerts ^ set(re.findall(r"`(CloudFlux[A-Z]\w+)`", docs))


def names_over_tls(scratch):
    """What a server with a certificate gives."""
    key, certificate = scratch / "key.pem", scratch / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    key.chmod(0o600)
    with serving(scratch / "tls", "--tls-cert", certificate, "--tls-key", key) as server:
        unchecked = ssl._create_unverified_context()
        with urllib.request.urlopen(f"https://127.0.0.1:{server.port}/metrics", timeout=20, context=unchecked) as answer:
            return set(re.findall(r"^(cloudflux_\w+)", answer.read().decode(), re.M))


CASES = [rules, each_is_tested, metrics_exist]
