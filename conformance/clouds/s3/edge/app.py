"""The application: checks each request, lets moto answer it, and notes that it did."""
import secrets

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from . import access_logs, auth, checks, configurations, counts, faults, listing, restores, sim
from .call import Call, Deny
from .state import CURRENT, STORE_LOCK


class Edge:
    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.s3 = create_backend_app("s3")  # The dispatcher reads moto's folder at each request.

    def __call__(self, env, start_response):
        call = Call(env)
        if call.path.startswith(sim.PREFIX):
            status, headers, out = sim.answered(call)
            start_response(f"{status} X", headers)
            return [out]
        if call.path.startswith("/moto-api/"):
            return self.moto(env, start_response)
        counts.count(call)
        CURRENT.query, CURRENT.request_id, CURRENT.quiet = call.query, call.request_id, False
        try:
            status, headers, out = self.answered(call, env)
        except Deny as denied:
            status, headers, out = denied.answer(call.request_id)
        except faults.Dropped:
            start_response("503 X", [])
            return []
        if call.method == "HEAD":
            out = b""
        if call.service == "s3":
            headers = [(k, v) for k, v in headers if k.lower() not in ("x-amz-request-id", "x-amzn-requestid")]
            headers += [("x-amz-request-id", call.request_id), ("x-amz-id-2", secrets.token_hex(20))]
            if call.bucket:
                access_logs.record(call, status, headers, out)
        start_response(f"{status} X", headers)
        return [out] if call.cut is None and call.bps is None else faults.sent(call, out)

    def answered(self, call, env):
        """(status, headers, body), or a refusal."""
        auth.verify(call)
        wrong = faults.answered(call)
        if wrong is not None:
            return wrong
        if call.service != "s3":
            return self.served(self.moto, env)
        checks.digests(call)
        with STORE_LOCK:
            checks.copy_conditions(call)
            restores.check(call)
            return configurations.answered(call) or listing.answered(call) or configurations.lifecycle(call, *self.served(self.s3, env))

    @staticmethod
    def served(application, env):
        """moto's own answer."""
        seen = []

        def start(status, headers, exc_info=None):
            seen[:] = int(status.split()[0]), list(headers)
            return lambda data: None

        out = b"".join(application(env, start))
        return seen[0], seen[1], out
