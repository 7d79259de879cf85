#!/usr/bin/env python3
"""Where our search for AWS credentials ends, judged by botocore's.

    judge.py [--package-path .] [--swift-test "swift test --skip-build"]        SEED=N CASES=250

Random environments and profile files go to a Swift test, one line of JSON each; it answers with the access key and token it
came to, or that there are none. botocore looks through the same, with a service of roles and a container beside it.
"""
import http.server
import json
import logging
import os
import pathlib
import random
import re
import sys
import tempfile
import threading
import urllib.parse
from unittest import mock

import botocore.loaders
import botocore.session

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from swift_judge import Judge  # noqa: E402

NAMES = ["default", "base", "ops", "two words", "Ünï"]
LOADER = botocore.loaders.create_loader()


class Services(http.server.BaseHTTPRequestHandler):
    """Gives roles, and a container's credentials; from the key one sees who asked for what."""

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        signed = re.search("Credential=([^/]+)/", self.headers.get("Authorization", ""))
        key = f"{form['Action']}|{form['RoleArn']}|{signed.group(1) if signed else form.get('WebIdentityToken')}|{form.get('ExternalId', '')}"
        self.answer(f"<R><{form['Action']}Result><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>lent</SessionToken>"
                    f"<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></{form['Action']}Result></R>", "text/xml")

    def do_GET(self):
        self.answer(json.dumps({"AccessKeyId": "CONTAINER", "SecretAccessKey": "s", "Token": "lent", "Expiration": "2099-01-01T00:00:00Z"}), "application/json")

    def answer(self, text, kind):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Maker:
    def __init__(self, seed, give, token, address):
        self.random, self.give, self.token, self.address = random.Random(seed), give, token, address
        self.number = 0

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def keys(self):
        self.number += 1
        lines = [f"aws_access_key_id = KEY{self.number}"]
        if not self.chance(8):
            lines.append(self.random.choice(["aws_secret_access_key=s", "aws_secret_access_key : s", "AWS_SECRET_ACCESS_KEY = s"]))
        if self.chance(3):
            lines.append("aws_session_token = held")
        return lines

    def profile(self, in_config):
        r, lines = self.random, []
        if self.chance(3):
            lines += self.keys()
        if not in_config:
            return lines
        if self.chance(3):
            lines.append(f"role_arn = arn:aws:iam::123456789012:role/r{r.randrange(100)}")
            if not self.chance(8):
                lines.append(f"source_profile = {r.choice(NAMES)}")
            if self.chance(6):
                lines.append(f"credential_source = {r.choice(['Environment', 'EcsContainer', 'Nothing'])}")
            if self.chance(4):
                lines.append("external_id = e1234")
        if self.chance(6):
            lines.append(f"web_identity_token_file = {self.token}")
        if self.chance(5):
            self.number += 1
            lines.append(f"credential_process = {self.give} PROGRAM{self.number} {r.choice(['', 'held'])}")
        if self.chance(3):
            lines += ["s3 =", "  addressing_style = path"]
        r.shuffle(lines) if "s3 =" not in lines else None
        return lines

    def text(self, in_config):
        r, parts = self.random, []
        for name in r.sample(NAMES, r.randrange(2, len(NAMES) + 1)):
            head = name if name == "default" or not in_config else (f"profile {name}" if " " not in name else f'profile "{name}"')
            parts.append("\n".join([f"[{head}]", *self.profile(in_config), r.choice(["", "# nothing", "; nothing"])]))
        return "\n".join(parts) + "\n"

    def case(self):
        r = self.random
        variables = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_STS": self.address, "AWS_DEFAULT_REGION": "us-east-1"}
        if self.chance(6):
            self.number += 1
            variables["AWS_ACCESS_KEY_ID"] = r.choice([f"ENV{self.number}", f"ENV{self.number}", ""])
            if not self.chance(6):
                variables["AWS_SECRET_ACCESS_KEY"] = "s"
            if self.chance(3):
                variables[r.choice(["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"])] = "held"
        if self.chance(2):
            variables[r.choice(["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])] = r.choice(NAMES)
        if self.chance(6):
            variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = self.token
            if not self.chance(4):
                variables["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/pod"
        if self.chance(4):
            variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = self.address + "/container"
        return {"variables": variables, "config": None if self.chance(6) else self.text(True), "credentials": None if self.chance(3) else self.text(False)}


def judged(case, folder):
    """Access key and token that botocore comes to; None where it finds none, or fails."""
    variables = dict(case["variables"], HOME=str(folder))
    for variable, kind in [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")]:
        path = folder / kind
        path.unlink(missing_ok=True)
        if case[kind] is not None:
            path.write_text(case[kind])
        variables[variable] = str(path)
    with mock.patch.dict(os.environ, variables, clear=True):
        try:
            session = botocore.session.Session()
            session.register_component("data_loader", LOADER)
            found = session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except Exception as error:
            return None, f"{type(error).__name__}: {error}"
    return ([frozen.access_key, frozen.token], found.method) if frozen else (None, "nothing")


def main():
    judge = Judge("credentials", __doc__, "CASES", 250)
    logging.disable(logging.CRITICAL)
    services = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
    threading.Thread(target=services.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        give, token = scratch / "give.sh", scratch / "token"
        give.write_text('#!/bin/sh\nprintf \'{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"s"%s}\' "$1" "${2:+,\\"SessionToken\\":\\"$2\\"}"\n')
        give.chmod(0o755)
        token.write_text("identity-token")
        maker = Maker(judge.seed, str(give), str(token), f"http://127.0.0.1:{services.server_port}")
        cases = [maker.case() for _ in range(judge.count)]
        found = [judged(case, scratch) for case in cases]
    answers = judge.ask("looksForTheJudge", "FLUX_CREDENTIALS", [json.dumps(case).encode() for case in cases])

    def wrong(case, answer):
        case, (wanted, how) = case
        return wanted != answer["found"] and (
            f"{json.dumps(case, indent=1, ensure_ascii=False)}\n  ours     {answer}\n  botocore {wanted} ({how})")
    none = sum(wanted is None for wanted, _ in found)
    return judge.verdict(list(zip(cases, found)), answers, wrong, f"; none in {none} of them")


if __name__ == "__main__":
    sys.exit(main())
