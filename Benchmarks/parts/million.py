"""A data folder with many events in its log, made once a run."""
import os
import shutil

from . import tools

_made = {}


def folder(context):
    """A log with the events of this run, one object each, without a catalogue."""
    if "path" not in _made:
        path = context.scratch / "million"
        (path).mkdir()
        _made["fill"] = tools.bench_lines("fill", path, context.events)[0]
        _made["path"] = path
    return _made["path"]


def fill_rate(context):
    folder(context)
    return _made["fill"]


def forget():
    if "path" in _made:
        shutil.rmtree(_made.pop("path"), ignore_errors=True)


def drop_cache(folder):
    """Takes the files out of the page cache (what is not on disk yet is synced first)."""
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                descriptor = os.open(os.path.join(base, name), os.O_RDONLY)
            except OSError:
                continue
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
