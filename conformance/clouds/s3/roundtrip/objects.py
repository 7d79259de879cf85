"""Objects: put, listed, copied, restored, deleted."""
import datetime

from standin import equal, eventually

ODD_KEYS = [
    "plain.txt", "sp ace/plus+and%25percent.txt", "a//b", "folder/", "ünï/集/😀.bin", "q'\"<>&#?;=.txt", "k" * 1024, "tab\tinside"]
STANDARD_TIER = {"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}}


def odd_keys(stand):
    """put, list, get and head of odd keys"""
    for number, key in enumerate(ODD_KEYS):
        stand.s3.put_object(Bucket="data", Key=key, Body=b"%d" % number, Metadata={"owner": "me"})
    listed = [o["Key"] for o in stand.s3.list_objects_v2(Bucket="data")["Contents"]]
    equal(listed, sorted(ODD_KEYS, key=lambda key: key.encode()))
    for number, key in enumerate(ODD_KEYS):
        equal(stand.body(key), b"%d" % number)
        head = stand.s3.head_object(Bucket="data", Key=key)
        equal((head["ContentLength"], head["Metadata"]), (1, {"owner": "me"}))


def paging(stand):
    """list with pages, delimiter and start-after"""
    for number in range(25):
        stand.s3.put_object(Bucket="data", Key=f"page/{number:02d}", Body=b"x")
    pages = list(stand.s3.get_paginator("list_objects_v2").paginate(Bucket="data", Prefix="page/", MaxKeys=7))
    equal([len(p["Contents"]) for p in pages], [7, 7, 7, 4])
    prefixes = stand.s3.list_objects_v2(Bucket="data", Delimiter="/")["CommonPrefixes"]
    equal([p["Prefix"] for p in prefixes], ["a/", "folder/", "page/", "sp ace/", "ünï/"])
    after = stand.s3.list_objects_v2(Bucket="data", Prefix="page/", StartAfter="page/22")["Contents"]
    equal([o["Key"] for o in after], ["page/23", "page/24"])


def ranges(stand):
    """ranged get, and a range past the end"""
    stand.s3.put_object(Bucket="data", Key="range", Body=bytes(range(200)))
    got = stand.s3.get_object(Bucket="data", Key="range", Range="bytes=10-19")
    equal((got["Body"].read(), got["ContentRange"]), (bytes(range(10, 20)), "bytes 10-19/200"))
    equal(stand.body("range", Range="bytes=-5"), bytes(range(195, 200)))
    stand.refused("InvalidRange", stand.s3.get_object, Bucket="data", Key="range", Range="bytes=200-")


def classes(stand):
    """change of class by a copy onto itself"""
    for name in ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"):
        source = {"Bucket": "data", "Key": "range"}
        stand.s3.copy_object(Bucket="data", Key="range", CopySource=source, StorageClass=name)
        equal(stand.s3.head_object(Bucket="data", Key="range")["StorageClass"], name)
        equal(stand.s3.list_objects_v2(Bucket="data", Prefix="range")["Contents"][0]["StorageClass"], name)
    stand.s3.put_object(Bucket="data", Key="w", Body=b"", StorageClass="GLACIER_IR")
    stand.refused("InvalidStorageClass", stand.s3.put_object, Bucket="data", Key="w", Body=b"", StorageClass="COLDEST")


def copy_conditions(stand):
    """copy, and the four copy-source conditions"""
    source = {"Bucket": "data", "Key": "range"}
    etag = stand.s3.head_object(**source)["ETag"]
    copied = {"Bucket": "logs", "Key": "copy of range", "CopySource": source}
    stand.s3.copy_object(**copied, CopySourceIfMatch=etag)
    equal(stand.body("copy of range", "logs"), bytes(range(200)))
    past, future = datetime.datetime(2020, 1, 1), datetime.datetime(2099, 1, 1)
    for name, value in (("Match", '"0"'), ("NoneMatch", etag), ("UnmodifiedSince", past), ("ModifiedSince", future)):
        stand.refused("PreconditionFailed", stand.s3.copy_object, **copied, **{"CopySourceIf" + name: value})
    stand.s3.put_object(Bucket="data", Key="once", Body=b"1", IfNoneMatch="*")
    stand.refused("PreconditionFailed", stand.s3.put_object, Bucket="data", Key="once", Body=b"2", IfNoneMatch="*")
    stand.refused("304", stand.s3.get_object, Bucket="data", Key="range", IfNoneMatch=etag)


def freeze_and_thaw(stand, name):
    """One archived object through a restore and its end."""
    item = {"Bucket": "data", "Key": "cold-" + name}
    stand.s3.put_object(**item, Body=b"frozen", StorageClass=name)
    stand.refused("InvalidObjectState", stand.s3.get_object, **item)
    answer = stand.s3.restore_object(**item, RestoreRequest=STANDARD_TIER)
    equal(answer["ResponseMetadata"]["HTTPStatusCode"], 202)
    equal(stand.s3.head_object(**item)["Restore"], 'ongoing-request="true"')
    stand.refused("InvalidObjectState", stand.s3.get_object, **item)
    stand.refused("RestoreAlreadyInProgress", stand.s3.restore_object, **item, RestoreRequest=STANDARD_TIER)
    eventually(lambda: 'request="false"' in stand.s3.head_object(**item)["Restore"])
    equal(stand.s3.get_object(**item)["Body"].read(), b"frozen")
    again = stand.s3.restore_object(**item, RestoreRequest=STANDARD_TIER)
    equal(again["ResponseMetadata"]["HTTPStatusCode"], 200)
    eventually(lambda: "Restore" not in stand.s3.head_object(**item))
    stand.refused("InvalidObjectState", stand.s3.get_object, **item)
    return item


def restore(stand):
    """GLACIER and DEEP_ARCHIVE: refused, restore ongoing, restored, moved back, expired"""
    freeze_and_thaw(stand, "GLACIER")
    item = freeze_and_thaw(stand, "DEEP_ARCHIVE")
    stand.s3.restore_object(**item, RestoreRequest=STANDARD_TIER)
    eventually(lambda: 'request="false"' in stand.s3.head_object(**item)["Restore"])
    stand.s3.copy_object(**item, CopySource=dict(item), StorageClass="STANDARD")
    head = stand.s3.head_object(**item)
    equal((head.get("StorageClass"), head.get("Restore")), (None, None))
    stand.refused("InvalidObjectState", stand.s3.restore_object, **item, RestoreRequest=STANDARD_TIER)


def multipart(stand):
    """multipart upload, part copy, an upload given up"""
    item = {"Bucket": "data", "Key": "multi"}
    upload = stand.s3.create_multipart_upload(**item, StorageClass="STANDARD_IA")["UploadId"]
    parts = []
    for number, data in enumerate((b"a" * (5 << 20), b"tail"), 1):
        got = stand.s3.upload_part(**item, UploadId=upload, PartNumber=number, Body=data)
        parts.append({"PartNumber": number, "ETag": got["ETag"]})
    done = stand.s3.complete_multipart_upload(**item, UploadId=upload, MultipartUpload={"Parts": parts})
    assert done["ETag"].endswith('-2"'), done["ETag"]
    head = stand.s3.head_object(**item)
    equal((head["ContentLength"], head["StorageClass"]), ((5 << 20) + 4, "STANDARD_IA"))
    upload = stand.s3.create_multipart_upload(Bucket="data", Key="m2")["UploadId"]
    more = {"Bucket": "data", "Key": "m2", "UploadId": upload}
    got = stand.s3.upload_part_copy(**more, PartNumber=1, CopySource=item, CopySourceRange="bytes=0-9")
    assert got["CopyPartResult"]["ETag"]
    stand.s3.abort_multipart_upload(**more)


def delete(stand):
    """delete one, delete many, head of what is gone"""
    stand.s3.delete_object(Bucket="data", Key="once")
    stand.refused("404", stand.s3.head_object, Bucket="data", Key="once")
    gone = stand.s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": f"page/{n:02d}"} for n in range(5)]})
    equal(len(gone["Deleted"]), 5)


CHECKS = [odd_keys, paging, ranges, classes, copy_conditions, restore, multipart, delete]
