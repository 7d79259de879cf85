"""What goes wrong: services, keys, clocks, regions."""
import json

from case import case, secrets_stay_secret
from world import KEY, SECRET


@case
def case_faults(run):
    """SlowDown, 500 in the middle of the pages, cut and dropped answers, slow ones: tried again, and nothing is lost."""
    world = run()
    world.edge.sim("POST", "fill", bucket=world.bucket, prefix="", count=3500, size=1)
    lists = f"GET /{world.bucket}.*list-type"
    world.edge.sim("POST", "fault", match=lists, times=2, status=503, code="SlowDown")
    world.edge.sim("POST", "fault", match=lists + ".*continuation-token", times=1, status=500, code="InternalError")
    world.watch()
    world.until_equal()
    assert not world.events("system.store_away")
    for fault in [{"cut": 5000}, {"drop": True}, {"delay": 2}, {"status": 429, "code": "TooManyRequestsException"}]:
        world.edge.sim("POST", "fault", match=lists, times=1, **fault)
        world.put(f"after-{list(fault)[0]}")
        world.until_equal()
    assert not world.events("system.store_away") and not world.events("cloud.delete")


@case
def case_broken_for_long(run):
    """A service that answers nonsense, or nothing, makes the store away in one clear sentence; deletes wait, and it comes back."""
    for fault, words in [
        ({"html": True}, "is HTML and no XML"), ({"status": 503, "code": "SlowDown"}, "SlowDown"), ({"body": "<a><b></a>"}, "no listing"),
        ({"body": "<!DOCTYPE x [<!ENTITY a 'b'>]><ListBucketResult/>"}, "document type"),
        ({"body": "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>"}, "does not get on"),
        ({"body": "{}"}, "no XML"),
    ]:
        world = run()
        for number in range(20):
            world.put(f"f{number}")
        world.watch()
        world.edge.sim("POST", "fault", match=f"GET /{world.bucket}.*list-type", times=1000, **fault)
        world.until(f"away: {fault}", lambda: world.store()["state"] == "away")
        assert words in world.store()["message"], (fault, world.store()["message"])
        world.delete("f1")
        world.edge.sim("DELETE", "fault")
        world.until("back", lambda: world.store()["state"] == "watching")
        world.until_equal()
        assert [event["type"] for event in world.events("system.store_away", "system.store_back")] == ["system.store_away", "system.store_back"]
        secrets_stay_secret(world)
        world.end()


@case
def case_refused(run):
    """A store that cannot be is refused before it is saved, in one sentence that says what to do; the others go on."""
    world = run().watch()
    count = len(world.events())
    other = f"endpoint={world.edge.url}"
    assert "There is no bucket" in world.problem(f"s3://not-there?{other}")
    assert "is a store already" in world.problem(world.url())
    assert "one store a bucket" in world.problem(f"s3://{world.bucket}/x?{other}")
    assert "could not be asked to list it" in world.problem("s3://some-bucket?endpoint=http://127.0.0.1:1")
    assert "did you mean “endpoint”" in world.problem("s3://some-bucket?endpont=http://127.0.0.1:1")
    assert "There is no AWS profile" in world.problem(f"s3://some-bucket?profile=nobody&{other}")
    world.s3.create_bucket(Bucket="denied-bucket")
    world.edge.sim("POST", "fault", match="GET /denied-bucket", times=1000, status=403, code="AccessDenied")
    words = world.problem(f"s3://denied-bucket?{other}")
    assert "AccessDenied" in words and "allow s3:ListBucket" in words and "environment (AWS_ACCESS_KEY_ID)" in words, words
    assert len(world.events()) == count
    world.put("still watched")
    world.until("the upload", lambda: world.told("still watched"))


@case
def case_wrong_keys(run):
    """A wrong key or secret of a configured store: it is away and says which credentials, and the server runs."""
    for change, words in [({"AWS_ACCESS_KEY_ID": "AKIANOBODYNOBODYNOBO"}, "The access key is not known"),
                          ({"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "The secret key does not fit")]:
        world = run(change)
        world.start("--store", world.url())
        world.until("away", world.settled)
        assert world.store()["state"] == "away", world.store()
        message = world.store()["message"]
        assert words in message and "environment (AWS_ACCESS_KEY_ID)" in message, message
    world = run({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    world.start("--store", world.url())
    world.until("away", world.settled)
    assert "No AWS credentials were found" in world.store()["message"], world.store()
    # Once there are some, it goes on by itself.
    world.put("a")
    (world.home / ".aws").mkdir()
    (world.home / ".aws/credentials").write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    world.until("it watches", lambda: world.store()["state"] == "watching")
    world.until_equal()


@case
def case_clock(run):
    """A service whose clock is twenty minutes ahead of ours, and then behind, is asked by its own."""
    world = run()
    world.put("a")
    for seconds in [1200, -1200]:
        world.edge.sim("POST", "skew", seconds=seconds)
        if world.server is None:
            world.watch()
        world.pass_again()
        assert world.store()["state"] == "watching", world.store()
    assert not world.events("system.store_away")


@case
def case_region(run):
    """A bucket that is in another region is asked there, once the service says so."""
    world = run()
    world.put("a")
    world.edge.sim("POST", "fault", match=f"GET /{world.bucket}.*list-type", times=1, status=400, body=(
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message>"
        "<Region>eu-west-1</Region></Error>"))
    world.watch()
    world.until_equal()
    assert not world.events("system.store_away")


@case
def case_profile(run):
    """Credentials of a profile, and of a program that a profile names."""
    world = run({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    (world.home / ".aws").mkdir()
    script = world.home / "give.sh"
    answer = json.dumps({"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": SECRET})
    script.write_text(f"#!/bin/sh\ntest \"$1\" = 'a b' && echo '{answer}'\n")
    script.chmod(0o755)
    (world.home / ".aws/config").write_text(f"[profile ops]\nregion = eu-central-1\ncredential_process = {script} 'a b'\n")
    world.put("a")
    world.watch(profile="ops")
    world.until_equal()
