"""What the figures were measured on, and whether it was quiet."""
import os
import platform
import subprocess
import time

from . import tools

# Above these something else is at work, and the figures say so.
QUIET_SYNC_P99_US, QUIET_CPU_SHARE, QUIET_DISK_SHARE = 2000, 0.10, 0.05


def describe(context):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = int(next(line for line in open("/proc/meminfo") if line.startswith("MemTotal")).split()[1]) / 1024**2
    where = subprocess.run(["findmnt", "-no", "FSTYPE,SOURCE", "-T", context.scratch], stdout=subprocess.PIPE, text=True).stdout.split()
    binary = os.environ["CLOUDFLUX"]
    version = subprocess.run([binary, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip() or "?"
    return (f"Machine: {model}, {os.cpu_count()} cores, {memory:.0f} GiB; Linux {platform.release()}; scratch on {' '.join(where) or '?'}. "
            f"Binary: cloudflux {version}, {'debug' if '/debug/' in os.path.realpath(binary) else 'release'} build of "
            f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime(os.path.getmtime(binary)))} UTC.")


def _cpu():
    words = list(map(int, open("/proc/stat").readline().split()[1:]))
    return sum(words), words[3] + words[4]


def _disk_ms():
    """Milliseconds that any disk was busy."""
    busy = 0
    for line in open("/proc/diskstats"):
        words = line.split()
        if not words[2].startswith(("loop", "ram", "dm-")):
            busy = max(busy, int(words[12]))
    return busy


def state(context):
    """One sentence: load, what others did with CPU and disk during a second, what a sync takes."""
    total, idle, busy, begin = *_cpu(), _disk_ms(), time.monotonic()
    time.sleep(1)
    took = time.monotonic() - begin
    total2, idle2 = _cpu()
    cpu = 1 - (idle2 - idle) / max(1, total2 - total)
    disk = (_disk_ms() - busy) / (took * 1000)
    path, times = context.scratch / "sync", []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    for _ in range(200):
        os.write(descriptor, b"x" * 4096)
        before = time.perf_counter()
        os.fdatasync(descriptor)
        times.append((time.perf_counter() - before) * 1e6)
    os.close(descriptor)
    path.unlink()
    p50, p99 = tools.median(times), tools.quantile(times, 0.99)
    quiet = p99 < QUIET_SYNC_P99_US and cpu < QUIET_CPU_SHARE and disk < QUIET_DISK_SHARE
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (f"the machine was {'quiet' if quiet else '**not quiet**'} before it (load {load}; CPU {cpu:.0%} and disk {disk:.0%} busy with "
            f"others during a second; fdatasync after 4 KiB: p50 {p50:.0f} µs, p99 {p99:.0f} µs).")
