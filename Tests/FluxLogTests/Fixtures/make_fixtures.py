#!/usr/bin/env python3
"""Writes the record batches that the codec is tested against, as their own encoders make them.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install kafka-python==3.0.12 confluent-kafka==2.16.1
    /tmp/venv/bin/python make_fixtures.py          # rewrites *.b64 beside this file

kafka-python: its DefaultRecordBatchBuilder. confluent-kafka (librdkafka): a producer talks to a broker of a few lines
in this file, which answers ApiVersions, Metadata and Produce and keeps the batch that Produce carried.
"""
import base64, json, pathlib, socket, struct, sys, threading

HERE = pathlib.Path(__file__).parent
CASES = {
    # name: list of (timestamp, key, value, headers)
    "plain": [(1700000000000, b"key", b"value", [])],
    "nulls": [(1700000000000, None, None, [("h", None), ("", b"")]), (1700000000001, b"", b"", [])],
    "headers": [
        (1700000000000 + i, b"k%d" % i, b'{"n":%d}' % i,
         [("ce_id", b"id-%d" % i), ("ce_source", b"file:///\xc3\xa9"), ("ce_id", b"again")]) for i in range(20)],
    "large": [(1700000000000, b"k" * 200, bytes(range(256)) * 5, [("n" * 130, b"v" * 900)])],
}
CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def save(name, encoder, batch, records, codec="none"):
    (HERE / f"{name}.b64").write_bytes(base64.encodebytes(bytes(batch)))
    return {"name": name, "encoder": encoder, "codec": codec, "records": [
        {"timestamp": t, "key": b64(k), "value": b64(v), "headers": [[n, b64(h)] for n, h in hs]}
        for t, k, v, hs in records]}


def b64(value):
    return None if value is None else base64.b64encode(value).decode()


def kafka_python(records, codec=0):
    from kafka.record.default_records import DefaultRecordBatchBuilder
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=False, producer_id=-1, producer_epoch=-1, base_sequence=-1,
        batch_size=1 << 20)
    for offset, (timestamp, key, value, headers) in enumerate(records):
        builder.append(offset, timestamp, key, value, headers)
    return builder.build()


class Broker:
    """Just enough of a broker that librdkafka produces to it: one node, topic `t`, one partition."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.batches = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, sock):
        stream = sock.makefile("rb")
        while head := stream.read(4):
            request = stream.read(struct.unpack(">i", head)[0])
            key, version, correlation, length = struct.unpack(">hhih", request[:10])
            body = request[10 + max(length, 0):]
            answer = {18: self.versions, 3: self.metadata, 0: self.produce}[key](version, body)
            if answer is not None:
                answer = struct.pack(">i", correlation) + answer
                sock.sendall(struct.pack(">i", len(answer)) + answer)

    def versions(self, version, body):
        keys = [(0, 0, 7), (1, 0, 11), (3, 0, 4), (10, 0, 2), (18, 0, 0)]
        error = 0 if version == 0 else 35
        return struct.pack(">hi", error, len(keys)) + b"".join(struct.pack(">hhh", *k) for k in keys)

    def metadata(self, version, body):
        text = lambda s: struct.pack(">h", len(s)) + s
        out = struct.pack(">i", 0) if version >= 3 else b""
        out += struct.pack(">ii", 1, 0) + text(b"127.0.0.1") + struct.pack(">i", self.port)
        out += (struct.pack(">h", -1) if version >= 1 else b"")
        out += (text(b"c") if version >= 2 else b"") + (struct.pack(">i", 0) if version >= 1 else b"")
        out += struct.pack(">ih", 1, 0) + text(b"t") + (b"\0" if version >= 1 else b"")
        return out + struct.pack(">ihiiiiii", 1, 0, 0, 0, 1, 0, 1, 0)

    def produce(self, version, body):
        at = 0
        if version >= 3:
            at += 2 + max(0, struct.unpack_from(">h", body, at)[0])
        at += 6 + 4 + 2 + 1 + 4 + 4  # acks, timeout, topic count, "t", partition count, partition
        size, = struct.unpack_from(">i", body, at)
        self.batches.append(body[at + 4: at + 4 + size])
        return (struct.pack(">ih", 1, 1) + b"t" + struct.pack(">iihqq", 1, 0, 0, 0, -1)
                + (struct.pack(">q", 0) if version >= 5 else b"") + struct.pack(">i", 0))


def confluent(records, codec="none"):
    from confluent_kafka import Producer
    broker = Broker()
    errors = []
    producer = Producer({
        "bootstrap.servers": f"127.0.0.1:{broker.port}", "linger.ms": 500, "compression.type": codec,
        "broker.address.family": "v4", "message.timeout.ms": 8000})
    for timestamp, key, value, headers in records:
        producer.produce("t", key=key, value=value, headers=headers or None, timestamp=timestamp, partition=0,
                         on_delivery=lambda error, _: error and errors.append(error))
    left = producer.flush(10)
    assert not errors and left == 0 and len(broker.batches) == 1, (errors, left, len(broker.batches))
    return broker.batches[0]


def main():
    index = []
    for name, records in CASES.items():
        index.append(save(f"kafka-python-{name}", "kafka-python", kafka_python(records), records))
        # librdkafka keeps no header of an empty name apart from others, and sends null and "" as they are.
        index.append(save(f"confluent-{name}", "confluent-kafka", confluent(records), records))
    index.append(save("kafka-python-gzip", "kafka-python", kafka_python(CASES["headers"], 1), CASES["headers"], "gzip"))
    for codec in CODECS:
        records = CASES["headers"]
        index.append(save(f"confluent-{codec}", "confluent-kafka", confluent(records, codec), records, codec))
    (HERE / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    print(f"{len(index)} batches")


if __name__ == "__main__":
    sys.exit(main())
