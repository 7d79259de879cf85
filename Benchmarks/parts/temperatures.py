"""Temperatures of many objects brought up to date: the first time, with nothing new, and after new reads."""
import shutil

from . import million, tools


def run(context):
    # Others measure with the log as it was.
    data, objects = shutil.copytree(million.folder(context), context.scratch / "temperatures"), context.events
    reads = 2 * objects
    tools.bench_lines("reads", data, objects, reads, 90)
    tools.bench_lines("fold", data)
    first = tools.bench_lines("judge", data)[0]
    # Some objects more are read now.
    tools.bench_lines("reads", data, objects, max(objects // 100, 10), 1, reads)
    tools.bench_lines("more", data)
    later = tools.bench_lines("judge", data)[0]
    if first["judged"] != objects or first["again_events"] or later["again_events"]:
        raise RuntimeError(f"not every object was judged once: {first} {later}")
    rows = [
        [what, tools.number(found[f"{name}_seconds"], 1), tools.number(found[f"{name}_cpu"], 1), tools.number(found[f"{name}_events"]), tools.reached(found[f"{name}_seconds"] < 30)]
        for what, found, name in (
            ("never judged before; told, and folded", first, "look"),
            ("nothing new", first, "again"),
            (f"{tools.number(max(objects // 100, 10))} reads since", later, "look"),
        )
    ]
    return [tools.Table(f"Temperatures of {tools.number(objects)} objects with {tools.number(reads)} reads in 90 days", ["state", "seconds", "CPU seconds", "events told", "< 30 s"], rows)]
