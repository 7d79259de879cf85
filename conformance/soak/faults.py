"""What happens to the server meanwhile: kills, restarts, a clock that jumps, a disk that fills and empties."""


async def kill(world):
    """kill -9, and a start"""
    await world.restart(world.server.kill)


async def restart(world):
    """SIGTERM, and a start"""
    def stop():
        code = world.server.stop()
        if code != 0:
            world.fail(f"the server ended with {code} after SIGTERM")
    await world.restart(stop)


async def clock(world):
    """the clock jumps, stays so for a while, and comes back"""
    world.clock.jump(world.random.choice([3600, 86400, -7200, -600]))
    await world.pause(world.random.uniform(2, 5))
    world.clock.jump(0)
    await world.pause(1.5)


async def fill(world):
    """the disk fills up, and is emptied again"""
    # A snapshot of the catalogue that found no room at all is tried again after a minute, and the log waits for it: in the
    # life that lasts, where disk use is measured, some is left.
    leave = 0 if world.now() < world.last_empty and world.random.random() < 0.5 else world.disk_reserve // 2
    # The log has room for the rest of a segment: larger events use that up.
    usual, world.padding = world.padding, world.padding * 12
    world.disk.fill(leave)
    try:
        refused = await world.until(lambda: not world.server.metrics()["cloudflux_log_accepts_appends"], 20)
        if not refused and leave:
            world.fail("the disk was full for 20 s, and events were taken")
        world.padding = usual
        await world.pause(world.random.uniform(1, 3))
    finally:
        world.padding = usual
        world.disk.empty()
    if not await world.until(lambda: world.server.request("GET", "/readyz")[0] == 200, 20):
        world.fail("20 s after the disk had room again, the server was not ready")


async def run(world, stops_at, *which):
    """One after another, in an order that the seed gives, with pauses."""
    usable = [one for one in which if not (one is fill and world.disk.reason) and not (one is clock and world.clock.reason)]
    while True:
        for one in world.random.sample(usable, len(usable)):
            await world.pause(world.random.uniform(0.5, 1.5) * world.pace)
            if world.now() > stops_at:
                return
            world.count[one.__name__] += 1
            world.say(one.__doc__)
            await one(world)
