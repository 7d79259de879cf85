"""What the edge adds to moto: it keeps, refuses, goes wrong when told to, and counts."""
import io
import json
import time
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError

from standin import equal, http

MANY = 10_000


def configurations(stand):
    """lifecycle with sizes, Intelligent-Tiering, analytics and metrics come back as put"""
    rule = {"ID": "r", "Status": "Enabled", "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]}
    rule["Filter"] = {"And": {"Prefix": "x/", "ObjectSizeGreaterThan": 131072, "ObjectSizeLessThan": 999999999}}
    stand.s3.put_bucket_lifecycle_configuration(Bucket="data", LifecycleConfiguration={"Rules": [rule]})
    got = stand.s3.get_bucket_lifecycle_configuration(Bucket="data")
    equal(got["Rules"][0]["Filter"], rule["Filter"])
    equal(got["TransitionDefaultMinimumObjectSize"], "all_storage_classes_128K")
    config = {"Id": "it", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}
    args = {"Bucket": "data", "Id": "it"}
    stand.s3.put_bucket_intelligent_tiering_configuration(**args, IntelligentTieringConfiguration=config)
    got = stand.s3.get_bucket_intelligent_tiering_configuration(**args)
    equal(got["IntelligentTieringConfiguration"], config)
    got = stand.s3.list_bucket_intelligent_tiering_configurations(Bucket="data")
    equal(len(got["IntelligentTieringConfigurationList"]), 1)
    stand.s3.put_bucket_metrics_configuration(Bucket="data", Id="m", MetricsConfiguration={"Id": "m"})
    equal(stand.s3.list_bucket_metrics_configurations(Bucket="data")["MetricsConfigurationList"], [{"Id": "m"}])
    analytics = {"Id": "a", "StorageClassAnalysis": {}}
    stand.s3.put_bucket_analytics_configuration(Bucket="data", Id="a", AnalyticsConfiguration=analytics)
    equal(stand.s3.get_bucket_analytics_configuration(Bucket="data", Id="a")["AnalyticsConfiguration"]["Id"], "a")
    stand.s3.delete_bucket_analytics_configuration(Bucket="data", Id="a")
    stand.refused("NoSuchConfiguration", stand.s3.get_bucket_analytics_configuration, Bucket="data", Id="a")


def faults(stand):
    """503 SlowDown, a cut body, a dropped connection, and the retry after each"""
    once = stand.client(retries={"total_max_attempts": 1})
    stand.sim("POST", "fault", match="GET .*/range", status=503, code="SlowDown")
    stand.refused("SlowDown", once.get_object, Bucket="data", Key="range")
    equal(len(once.get_object(Bucket="data", Key="range")["Body"].read()), 200)
    stand.sim("POST", "fault", match="GET .*/range", status=503, code="SlowDown", times=2)
    equal(len(stand.body("range")), 200)
    for fault in ({"cut": 50}, {"drop": True}):
        stand.sim("POST", "fault", match="GET .*/range", **fault)
        try:
            got = once.get_object(Bucket="data", Key="range")["Body"].read()
        except (BotoCoreError, OSError):
            continue
        raise AssertionError(f"{fault} went unnoticed: {len(got)} bytes")
    equal(len(stand.body("range")), 200)


def odd_answers(stand):
    """a page, a text, a slow body; a fault that is none"""
    make = stand.client(signature_version="s3v4").generate_presigned_url
    link = make("get_object", Params={"Bucket": "data", "Key": "range"})
    for fault, wanted in (
        ({"html": True}, (200, "text/html; charset=utf-8", b"<!DOCTYPE html>")),
        ({"body": "<a>ü</a>"}, (200, "application/xml", "<a>ü</a>".encode())),
        ({"body": "x", "status": 418, "headers": {"Content-Type": "text/plain"}}, (418, "text/plain", b"x")),
    ):
        stand.sim("POST", "fault", match="GET /data/range", **fault)
        status, headers, body = http("GET", link)
        equal((status, headers["Content-Type"], body[:len(wanted[2])]), wanted)
    stand.sim("POST", "fault", match="GET .*/range", bps=400)
    start = time.monotonic()
    equal(stand.body("range"), bytes(range(200)))
    assert 0.45 < time.monotonic() - start < 5, f"{time.monotonic() - start:.2f} s"
    stand.sim("POST", "fault", match=".", drop=True, times=1000)
    stand.sim("DELETE", "fault")
    equal(len(stand.body("range")), 200)
    for fault in ({"statsu": 500}, {"match": "("}):
        equal(http("POST", stand.url + "/__sim/fault", json.dumps(fault).encode())[0], 400)


def requests(stand):
    """requests are counted by what they are"""
    sqs, url, _ = stand.queue("counted")
    stand.sim("DELETE", "requests")
    stand.sim("POST", "fault", match="GET .*/range", status=503)
    stand.body("range")
    stand.s3.head_object(Bucket="data", Key="range")
    stand.s3.list_objects_v2(Bucket="data", Prefix="", Delimiter="/")
    stand.s3.list_object_versions(Bucket="data", Prefix="page/")
    stand.s3.copy_object(Bucket="data", Key="range", CopySource={"Bucket": "data", "Key": "range"}, StorageClass="STANDARD_IA")
    stand.s3.get_bucket_versioning(Bucket="data")
    stand.refused("InvalidAccessKeyId", stand.client(key="AKIDUNKNOWN").list_buckets)
    sqs.receive_message(QueueUrl=url)
    equal(stand.sim("GET", "requests"), {
        "GET object": 2, "HEAD object": 1, "GET list": 1, "GET versions": 1, "PUT object copy": 1, "GET versioning": 1, "GET buckets": 1,
        "ReceiveMessage": 1})
    stand.sim("DELETE", "requests")
    equal(stand.sim("GET", "requests"), {})


def digests(stand):
    """a body that does not fit its digest is refused"""
    stand.refused("BadDigest", stand.s3.put_object, Bucket="data", Key="d", Body=b"x", ChecksumCRC32="AAAAAA==")
    stand.s3.put_object(Bucket="data", Key="d", Body=io.BytesIO(b"streamed"), ChecksumAlgorithm="CRC32C")
    equal(stand.body("d"), b"streamed")


def keys(stand):
    """wrong secret, unknown key, anonymous, clock skew"""
    stand.refused("SignatureDoesNotMatch", stand.client(secret="wrong").list_buckets)
    stand.refused("InvalidAccessKeyId", stand.client(key="AKIDUNKNOWN").list_buckets)
    equal(http("GET", stand.url + "/data/range")[0], 403)
    stand.sim("POST", "skew", seconds=1200)
    stand.refused("RequestTimeTooSkewed", stand.s3.list_buckets)
    stand.sim("POST", "skew", seconds=0)
    stand.s3.list_buckets()


def presigned(stand):
    """presigned links: good, tampered, expired"""
    make = stand.client(signature_version="s3v4").generate_presigned_url
    link = make("get_object", Params={"Bucket": "data", "Key": "sp ace/plus+and%25percent.txt"}, ExpiresIn=60)
    equal(http("GET", link)[2], b"1")
    equal(http("GET", link.replace("sp%20ace", "sp%20acx"))[0], 403)
    stand.sim("POST", "skew", seconds=100)
    equal(http("GET", link)[0], 403)
    stand.sim("POST", "skew", seconds=0)


def many(stand):
    """10,000 objects that were there before are listed, some of them older; 200 heads on 20 connections"""
    stand.s3.create_bucket(Bucket="many")
    stand.sim("POST", "fill", bucket="many", prefix="k/", count=MANY, size=10)
    stand.sim("POST", "age", bucket="many", key="k/000000", days=40)
    pages = stand.s3.get_paginator("list_objects_v2").paginate(Bucket="many")
    modified = {o["Key"]: o["LastModified"] for p in pages for o in p["Contents"]}
    equal((len(modified), (modified["k/000001"] - modified["k/000000"]).days), (MANY, 40))
    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(lambda n: stand.s3.head_object(Bucket="many", Key=f"k/{n:06d}"), range(200)))
    equal([head["ContentLength"] for head in got], [10] * 200)


CHECKS = [configurations, faults, odd_answers, requests, digests, keys, presigned, many]
