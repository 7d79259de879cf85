"""The packages that are tried: made once a run, by the scripts that make the ones for users."""
import functools
import os
import pathlib
import subprocess
import tempfile

from flux import ROOT, Server

CACHE = pathlib.Path(os.environ.get("CONFORMANCE_CACHE", ROOT / ".build-conformance")) / "package"
_folder = tempfile.TemporaryDirectory(prefix="cloudflux-packed-")


def sh(*command, code=0, **more):
    """Runs a command, and shows all that it said where it ends otherwise than expected."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    assert done.returncode == code, f"{' '.join(map(str, command))}\nended with {done.returncode}, not {code}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def out(name):
    folder = pathlib.Path(_folder.name) / name
    folder.mkdir(exist_ok=True)
    return folder


@functools.cache
def version():
    return sh(ROOT / "tools/version").strip()


@functools.cache
def tarball():
    given = os.environ.get("CLOUDFLUX_TARBALL")
    return pathlib.Path(given).resolve() if given else pathlib.Path(sh(ROOT / "tools/dist", "--debug", "--out", out("dist")).strip())


@functools.cache
def unpacked():
    """The tarball's one folder, in a place that nobody planned for."""
    folder = out("some place")
    sh("tar", "-xzf", tarball(), "-C", folder)
    [top] = folder.iterdir()
    return top


def serving(data, *options, **more):
    """A server that is the program of the tarball."""
    return Server(data, *options, binary=unpacked() / "bin/cloudflux", **more)


@functools.cache
def package(revision):
    return pathlib.Path(sh(ROOT / "tools/deb", "--quick", "--revision", revision, "--out", out("deb"), tarball()).strip())
