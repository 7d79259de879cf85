"""Appends inside one process, each on disk when it returns, against a bare loop that writes and syncs the same groups."""
from . import tools


def run(context):
    seconds, rounds = (0.3, 1) if context.quick else (2, 5)
    folder = context.scratch / "append"
    folder.mkdir()
    lines = tools.bench_lines("append", folder, seconds, rounds)
    rows = []
    for writers in (1, 16, 256):
        mine = [line for line in lines if line["writers"] == writers]
        share = tools.median([line["ours"] / line["bare"] for line in mine])
        rows.append([writers, tools.number(tools.median([line["ours"] for line in mine])), tools.number(tools.median([line["bare"] for line in mine])),
                     f"{share:.0%}", f"{tools.median([line['events'] for line in mine]):.1f}", tools.number(tools.median([line["bytes"] for line in mine])),
                     tools.reached(share >= 0.7)])
    return [tools.Table(
        "Append, on disk when it returns (events a second)",
        ["writers", "FluxLog", "bare C: write, fdatasync", "share", "events a group", "bytes a group", "≥ 70 %"], rows,
        f"Medians of {rounds} interleaved rounds of {seconds} s; the bare loop writes groups of the size that the log has just written, without CRC, index or duplicates window.")]
