"""Commands that need no server."""
import json
import subprocess

from flux import BINARY

from case import case
from cases.notifications import notified
from world import SECRET


@case
def case_scan(run):
    """`scan` counts a bucket without a server: objects, bytes, classes, largest and oldest; what is wrong is one sentence."""
    world = run()
    world.edge.sim("POST", "fill", bucket=world.bucket, prefix="d/", count=2300, size=10)
    world.put("large", b"x" * 5000, StorageClass="STANDARD_IA")
    world.put("ä b", b"1")
    world.edge.sim("POST", "age", bucket=world.bucket, key="ä b", days=400)

    def scan(*arguments, environment=None):
        return subprocess.run([BINARY, "scan", *arguments], env={**world.environment, **(environment or {})}, capture_output=True, text=True, timeout=120)
    found = json.loads(scan(world.url(interval=None), "--json").stdout)
    assert (found["objects"], found["bytes"]) == (2302, 28001), found
    assert found["storage_classes"]["STANDARD_IA"] == {"objects": 1, "bytes": 5000}, found
    assert found["largest"][0]["file_name"] == "large" and found["oldest"][0]["file_name"] == "ä b", found
    table = scan(world.url("d/", interval=None), "--top", "2").stdout
    assert table.startswith("2300 objects") and "STANDARD" in table and table.count("d/") == 4, table
    folder = world.home / "files"
    folder.mkdir()
    (folder / "one").write_text("123")
    assert json.loads(scan(f"file://{folder}", "--json").stdout)["bytes"] == 3
    for arguments, environment, code, words in [
        ([f"s3://not-there?endpoint={world.edge.url}"], {}, 1, "There is no bucket"), (["s3://ab"], {}, 2, "names no bucket"),
        ([world.url(interval=None)], {"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, 1, "does not fit"),
        (["file:///not/there"], {}, 1, "/not/there"),
    ]:
        done = scan(*arguments, environment=environment)
        assert done.returncode == code and words in done.stderr and done.stderr.count("\n") == 1, (arguments, done)
        assert SECRET not in done.stderr and "wrong-secret" not in done.stderr


@case
def case_doctor(run):
    """`doctor` says which credentials were found where, what each bucket permits, folder, address and clocks, and what to do."""
    world = run()
    world.put("a")
    queue = notified(world)

    def doctor(*urls, environment=None):
        done = subprocess.run(
            [BINARY, "doctor", "--json", "--data", str(world.data), "--listen", "127.0.0.1:0", *urls],
            env={**world.environment, **(environment or {})}, capture_output=True, text=True, timeout=120)
        assert SECRET not in done.stdout + done.stderr and "wrong-secret" not in done.stdout + done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def words(found, verdict):
        return [finding["words"] for finding in found if finding["verdict"] == verdict]
    code, found = doctor(world.url(events=queue[1]), f"file://{world.home}")
    assert code == 0 and not words(found, "failed") and not words(found, "warning"), found
    told = " ".join(words(found, "ok"))
    for part in ["environment (AWS_ACCESS_KEY_ID)", "can be listed", "can be looked at", "can be read.", "clock", "MB free", "it is free", "folders can be watched"]:
        assert part in told, (part, told)
    code, found = doctor(world.url())
    assert code == 0 and "no queue of notifications" in " ".join(words(found, "warning")), found
    world.edge.sim("POST", "skew", seconds=300)
    code, found = doctor(world.url(events=queue[1]))
    assert code == 0 and "ahead of this machine's; set the clock" in " ".join(words(found, "warning")), found
    world.edge.sim("POST", "skew", seconds=0)
    # One that fails does not hide the next.
    for urls, environment, said in [
        ([f"s3://not-there?endpoint={world.edge.url}", world.url()], {}, "There is no bucket"), ([world.url()], {"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "does not fit"),
        ([world.url()], {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "No AWS credentials were found"), (["nonsense"], {}, "not a store URL"),
    ]:
        code, found = doctor(*urls, environment=environment)
        assert code == 1 and said in " ".join(words(found, "failed")), (urls, found)
    assert "can be listed" in " ".join(words(doctor(f"s3://not-there?endpoint={world.edge.url}", world.url())[1], "ok"))
    assert not world.data.exists(), "doctor made a data folder"
