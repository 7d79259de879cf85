"""Help, completions, misuse, settings: what needs no server."""
import json
import re
import shutil
import subprocess

from common import run, refused
from flux import BINARY, Skip

GROUPS = {"store", "user", "token", "log", "config"}


def commands():
    """Every command that does something, as a list of words."""
    found = []
    for name in re.findall(r"^  (\w+) {2,}", run("--help").stdout.split("SUBCOMMANDS:")[1], re.M):
        if name == "help":
            continue
        inner = run(name, "--help").stdout.split("SUBCOMMANDS:")
        found += [[name, one] for one in re.findall(r"^  (\w+) {2,}", inner[1], re.M)] if len(inner) > 1 else [[name]]
    return found


def help_everywhere(scratch):
    """every command has help with an example that names real options and fits a terminal"""
    names = commands()
    assert {"serve", "events", "import", "export", "backup", "restore", "completions"} <= {n[0] for n in names if len(n) == 1}
    assert GROUPS == {n[0] for n in names if len(n) == 2}
    for words in names + [[group] for group in sorted(GROUPS)] + [[]]:
        text = run(*words, "--help").stdout
        assert "USAGE: cloudflux" in text and "OVERVIEW: " in text, words
        examples = re.search(r"^EXAMPLES:\n((?:  .*\n)+)", text, re.M)
        assert examples, words
        for line in examples[1].splitlines():
            assert len(line) <= 78, (words, line)
        # A command that goes on in the next line is one; what stands behind a pipe or a sign of the shell is not ours.
        for command in re.findall(r"cloudflux ([^|#>\n]*)", examples[1].replace("\\\n", " ")):
            given = command.split()
            where = given[:2] if given[0] in GROUPS else given[:1]
            helped = run(*where, "--help").stdout
            for option in re.findall(r"--[\w-]+", command):
                assert option in helped, (words, command, option)
        assert run("help", *words).stdout == text, words
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run("--version").stdout)


def completions(scratch):
    """the scripts of the shells complete commands, options and values"""
    for shell in ("bash", "zsh", "fish"):
        script = run("completions", shell).stdout
        assert "cloudflux" in script and script == run("--generate-completion-script", shell).stdout
        if shutil.which(shell):
            file = scratch / f"_cloudflux.{shell}"
            file.write_text(script)
            assert subprocess.run([shell, "-n", file]).returncode == 0, shell
    refused("completions", "tcsh", says=("bash", "zsh", "fish", "tcsh"))
    refused("completions", says="cloudflux completions --help")
    if not shutil.which("bash"):
        raise Skip("there is no bash here")
    (scratch / "cloudflux").symlink_to(BINARY)
    ask = """PATH=$1:$PATH; shift; source <(cloudflux completions bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9
             COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; _cloudflux cloudflux "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
             printf '%s\\n' "${COMPREPLY[@]}" """

    def complete(*words):
        done = subprocess.run(["bash", "-c", ask, "bash", scratch, "cloudflux", *words], capture_output=True, text=True)
        return {word.strip() for word in done.stdout.split("\n") if word.strip()}

    assert complete("st") == {"store"}
    assert complete("token", "") >= {"create", "list", "revoke"}
    assert complete("serve", "--stal") == {"--stall-timeout"}
    assert complete("serve", "--auth", "") == {"password", "none"}
    for command in (("token", "create"), ("user", "add")):
        assert complete(*command, "--scope", "") == {"read", "ingest", "admin"}
    assert complete("export", "--format", "") == {"ndjson", "cloudevents", "csv"}


def misuse(scratch):
    """misuse exits 2 with one sentence that names the nearest command or option, and where to get help"""
    for arguments, says in (
        (["serv"], ("`cloudflux serve`", "See `cloudflux --help`")),
        (["help", "serv"], "`cloudflux serve`"),
        (["serv", "--help"], "`cloudflux serve`"),
        (["token", "crate"], ("`cloudflux token create`", "See `cloudflux token --help`")),
        (["config", "chek", "--listen", "x"], "`cloudflux config check`"),
        (["xyzzy"], ("serve, events", "See `cloudflux --help`")),
        (["token"], ("`cloudflux token create`", "`cloudflux token revoke`")),
        (["serve", "--lisen", "x"], ("'--listen'", "See `cloudflux serve --help`")),
        (["store", "list", "--jsno"], ("'--json'", "See `cloudflux store list --help`")),
        (["serve", "extra"], ("extra", "See `cloudflux serve --help`")),
        (["token", "create"], ("<name>", "See `cloudflux token create --help`")),
        (["token", "create", "x"], "--scope"),
        (["events", "--from"], "--from"),
        (["plan", "reports"], "later version"),
        (["analyze", "--provider", "azure", "access.log"], "later version"),
        (["backtest"], "--made-up"),
        (["serve", "--kafka-listen", "127.0.0.1:9092"], "later version"),
        (["serve", "--listen", "8000"], ("8000", "HOST:PORT")),
        (["config", "show", "--heartbeat", "5"], ("heartbeat", "500ms, 1s")),
        (["token", "create", "x", "--scope", "all", "--data", scratch], ("all", "read, ingest or admin")),
        (["token", "create", "x", "--scope", "", "--data", scratch], "read, ingest or admin"),
        (["token", "create", "a b", "--scope", "read", "--data", scratch], "name"),
        (["token", "create", "x", "--scope", "read", "--expires", "soon", "--data", scratch], ("soon", "90d")),
        (["user", "add", "ada", "--data", scratch], "password"),
        (["events", "--server", "localhost"], "http://127.0.0.1:8000"),
    ):
        refused(*arguments, says=says)


def config_layers(scratch):
    """config show tells each value's origin; unknown names of the environment only warn"""
    file = scratch / "flux.yaml"
    file.write_text("heartbeat: 2s\nsegment-bytes: 64MiB\n")
    env = {"CLOUDFLUX_HEARTBEAT": "3s", "CLOUDFLUX_HARTBEAT": "1s"}
    done = run("config", "show", "--json", "--config", file, "--ping-interval", "9s", env=env)
    shown = json.loads(done.stdout)
    assert shown["heartbeat"] == {"value": "3s", "origin": "environment CLOUDFLUX_HEARTBEAT"}
    assert shown["segment-bytes"] == {"value": "64MiB", "origin": f"{file}:2"}
    assert shown["ping-interval"]["origin"] == "command line"
    assert shown["listen"]["origin"] == "default"
    assert "CLOUDFLUX_HARTBEAT" in done.stderr and "did you mean" in done.stderr
    # Every setting can be given as an option, and every limit of the contract is one.
    for name, entry in shown.items():
        if entry["value"] not in (None, []) and name != "debug-echo":
            value = entry["value"][0] if isinstance(entry["value"], list) else entry["value"]
            again = json.loads(run("config", "show", "--json", f"--{name}", value).stdout)
            assert again[name]["origin"] == "command line", name
    defaults = {"retention-age": "none", "retention-bytes": "none", "segment-bytes": "128MiB", "max-body-bytes": "8MiB",
                "max-events-per-request": "10000", "max-event-bytes": "256KiB", "max-message-bytes": "64KiB", "heartbeat": "5s",
                "ping-interval": "20s", "stall-timeout": "60s", "dedup-events": "2000000", "max-scan-events": "1000000",
                "read-ahead-bytes": "32MiB", "max-rescan-deletes": "10%", "drain-timeout": "30s"}
    plain = json.loads(run("config", "show", "--json").stdout)
    assert {name: plain[name]["value"] for name in defaults} == defaults and "max-connections" in plain
    secret = run("config", "show", "--store", "s3://me:SECRET@b/p?sig=SECRET&access-key=SECRET")
    assert "SECRET" not in secret.stdout + secret.stderr and "s3://***@b/p" in secret.stdout


def config_files(scratch):
    """a configuration file that is wrong is refused with its line and what would be right"""
    file = scratch / "flux.yaml"
    for text, says in (
        ("# ours\nhartbeat: 2s\n", (f"{file}:2", "did you mean heartbeat?")),
        ("filter-preset:\n  - Big = sise>1GB\n", (f"{file}:1", "did you mean “size”?")),
        ("heartbeat: 2s\nheartbeat: 3s\n", (f"{file}:2", "twice")),
        ("heartbeat: [\n", (f"{file}:2", "not valid YAML")),
        ("listen: [a, b]\n", (f"{file}:1", "one value")),
        ("heartbeat: banana\n", (f"{file}:1", "banana", "500ms, 1s")),
        ("- heartbeat\n", (str(file), "name: value")),
        ("store: [file:///a, file:///a/b]\n", (f"{file}:1", "file:///a/b")),
        ("auth: none\nlisten: 0.0.0.0:8000\n", "loopback"),
    ):
        file.write_text(text)
        for command in (["config", "check"], ["serve", "--data", scratch / "data"]):
            refused(*command, "--config", file, says=says)
    for command in (["config", "check"], ["serve", "--data", scratch / "data"]):
        refused(*command, "--config", scratch / "missing.yaml", code=1, says=("no configuration file", "missing.yaml", "--config"))
        refused(*command, "--config", scratch, code=1, says=(str(scratch), "no file"))
    told = run("config", "check", "--json", "--heartbeat", "5", code=2)
    about = json.loads(told.stdout)
    assert about["sound"] is False and "heartbeat" in about["error"] and about["error"] in told.stderr, told
    file.write_text("heartbeat: 2s\nstore:\n  - file:///srv/files\n")
    assert run("config", "check", env={"CLOUDFLUX_CONFIG": str(file)}).stdout == "the settings are sound\n"
    assert not (scratch / "data").exists(), "nothing is made before the settings are known to be sound"


def same_rules(scratch):
    """serve and config check refuse the same settings, in the same words, with the same exit code"""
    (scratch / "bad.pem").write_text("no certificate\n")
    for options, code, says in (
        (["--store", "az://account/box"], 2, "az://"),
        (["--store", "s3://b"], 2, "names no bucket"),
        (["--store", "s3://bucket?regoin=x"], 2, ("regoin", "region")),
        (["--store", "s3://bucket", "--store", "s3://bucket/x"], 2, "one bucket"),
        (["--list-budget", "cheap"], 2, "US dollars"),
        (["--hot-chance", "100%"], 2, "below 100"),
        (["--hot-chance", "10", "--warm-chance", "90"], 2, "more often"),
        (["--store", "fil:///srv"], 2, ("fil", "file://")),
        (["--store", "/srv/files"], 2, "file:///srv/files"),
        (["--store", "file://srv"], 2, "three slashes"),
        (["--store", "file:///srv?ignor=x"], 2, ("ignor", "ignore")),
        (["--store", "file:///srv", "--store", "file:///srv/files"], 2, "lie in each other"),
        (["--auth", "none", "--listen", "0.0.0.0:0"], 2, ("loopback", "127.0.0.1")),
        (["--auth", "none", "--listen", "[::]:0"], 2, "loopback"),
        (["--log", "kafka://broker:9092"], 2, "embedded"),
        (["--tls-cert", scratch / "bad.pem"], 2, "tls-key"),
        (["--public-url", "flux.example.org"], 2, "https://"),
        (["--public-url", "https://example.org/flux"], 2, ("/flux", "host")),
        (["--heartbeat", "0s"], 2, "heartbeat"),
        (["--max-event-bytes", "4MiB"], 2, ("max-event-bytes", "from 1024 to 1046528 bytes")),
        (["--tls-cert", scratch / "bad.pem", "--tls-key", scratch / "bad.pem"], 1, "PEM"),
        (["--web-root", scratch], 1, "index.html"),
    ):
        checked = refused("config", "check", *options, code=code, says=says)
        served = refused("serve", "--data", scratch / "data", *options, code=code, says=says)
        assert checked == served, (checked, served)
    assert not (scratch / "data").exists()
    # In the clear on a network: allowed, since a proxy may stand in front, and warned of.
    done = run("config", "check", "--listen", "0.0.0.0:8000")
    assert "warning: " in done.stderr and "--tls-cert" in done.stderr
    assert len(json.loads(run("config", "check", "--listen", "0.0.0.0:8000", "--json").stdout)["warnings"]) == 1
    assert not run("config", "check", "--listen", "0.0.0.0:8000", "--public-url", "https://flux.example.org").stderr
