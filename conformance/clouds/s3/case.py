"""What every case has: a world of its own, which is ended whatever happens, and no secret that is shown."""
import functools

from world import SECRET, World

CASES = []


def case(function):
    """Registers a case; the worlds that it makes with `run` are ended whatever happens."""
    @functools.wraps(function)
    def whole(scratch, edge):
        worlds = []

        def run(environment=None, interval="1s"):
            base = scratch / str(len(worlds))
            base.mkdir()
            worlds.append(World(edge, base, environment, interval))
            return worlds[-1]
        try:
            function(run)
            for world in worlds:
                secrets_stay_secret(world)
        finally:
            edge.sim("DELETE", "fault")
            edge.sim("POST", "skew", seconds=0)
            for world in worlds:
                world.end()
    CASES.append(whole)
    return whole


def secrets_stay_secret(world):
    """No secret in the server's own log, in any event, or in what the stores say of themselves."""
    seen = world.log.read_bytes() if world.log.exists() else b""
    if world.server and world.server.process:
        seen += world.server.request("GET", "/api/stream/export?format=ndjson", timeout=120)[2]
        seen += world.server.request("GET", "/api/stores")[2] + world.server.request("GET", "/metrics")[2]
    for secret in [SECRET, "wrong-secret", "AWS4-HMAC", "Signature="]:
        assert secret.encode() not in seen, f"{secret} is shown"
