"""`why401 scan` beside mitmproxy's own HAR reader: speed, memory, and small files. What writing
a HAR takes is measured by `bench_export`.

10 MB and 100 MB; with `--full`, 1 GB as well. Each in a process of its own; seconds are those of
the CPU, for the wall clock of a busy machine tells nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.captures import write_capture
from bench.table import Figure, print_table, spread

MB = 1_000_000
SIZES = (10 * MB, 100 * MB)
FULL = "WHY401_BENCH_FULL"
QUICK = "WHY401_BENCH_QUICK"
ROUNDS = 3
LATENCY_ROUNDS = 9
SPEED_MB, SPEED_ENTRIES, LATENCY_S = 150.0, 25_000.0, 0.150
MEMORY_MB, BOUNDED_MB = 60.0, 100.0
"""Beyond the file's own size; for a file of any size."""

OURS = """
import gc, json, sys, time
from why401.capture.read import read_capture
from why401.configuration import DEFAULTS
from why401.diagnose import Diagnoser
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.scan import Scanner
knowledge = load_knowledge(()).knowledge
def scan(path):
    diagnoser = Diagnoser(knowledge, DEFAULTS.keys, Masker(b"bench"))
    scanner = Scanner(diagnoser, wants_healthy=False)
    return sum(1 for _ in scanner.scan([read_capture(path, diagnoser.look)]))
scan(sys.argv[2])
started = time.process_time()
scan(sys.argv[1])
seconds = time.process_time() - started
"""
THEIRS = """
import json, sys, time
from mitmproxy.io import FlowReader
started = time.process_time()
with open(sys.argv[1], "rb") as file:
    sum(1 for _ in FlowReader(file).stream())
seconds = time.process_time() - started
"""
_START = """
import sys
def peak_bytes():
    # ru_maxrss of a process begins with what its parent had: the other sections, here.
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) << 10 for line in status if line[:5] == "VmHWM")
    except OSError:
        import resource
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak << 10
"""
_END = """
print(json.dumps([seconds, peak_bytes()]))
"""


def main() -> None:
    sizes = SIZES[:1] if os.environ.get(QUICK) else SIZES
    if os.environ.get(FULL):
        sizes = (*sizes, 1000 * MB)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.har"
        write_capture(small, 100_000)
        for size in sizes:
            path = Path(folder) / "capture.har"
            entries = write_capture(path, size)
            figures += _figures(path, entries, small)
        figures += _latency(small, Path(folder))
    print_table("scan: a HAR in which one entry in a hundred fails", figures)


def _figures(path: Path, entries: int, small: Path) -> list[Figure]:
    size_mb = path.stat().st_size / MB
    name = f"{size_mb:.0f} MB, {entries} entries"
    rounds = ROUNDS if size_mb < 500 else 1
    ours = [_run(OURS, path, small) for _ in range(rounds)]
    speeds = [size_mb / seconds for seconds, _ in ours]
    rates = [entries / seconds for seconds, _ in ours]
    used_mb = max(peak for _, peak in ours) / MB
    allowed_mb = min(size_mb + MEMORY_MB, BOUNDED_MB)
    figures = [
        Figure(f"{name}: MB/s", spread(speeds, ".0f"), "≥ 150", max(speeds) >= SPEED_MB),
        Figure(f"{name}: entries/s", spread(rates, ".0f"), "≥ 25000", max(rates) >= SPEED_ENTRIES),
        Figure(
            f"{name}: memory of the process",
            f"{used_mb:.0f} MB",
            f"≤ {allowed_mb:.0f} MB",
            used_mb <= allowed_mb,
        ),
    ]
    theirs = [_run(THEIRS, path, small) for _ in range(1 if size_mb > 50 else rounds)]
    their_speeds = [size_mb / seconds for seconds, _ in theirs]
    their_rates = [entries / seconds for seconds, _ in theirs]
    peak_mb = max(peak for _, peak in theirs) / MB
    figures += [
        Figure(f"{name}: mitmproxy's reader, MB/s", spread(their_speeds, ".0f")),
        Figure(f"{name}: mitmproxy's reader, entries/s", spread(their_rates, ".0f")),
        Figure(f"{name}: mitmproxy's reader, memory", f"{peak_mb:.0f} MB"),
    ]
    return figures


def _latency(small: Path, folder: Path) -> list[Figure]:
    command = [Path(sys.executable).parent / "why401", "scan", "--json", small]
    # As installed: with its bytecode kept from the first start on.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=environment, cwd=folder)
    values, spent = [], []
    for _ in range(LATENCY_ROUNDS):
        before = os.times()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=environment, cwd=folder)
        after = os.times()
        values.append(after.elapsed - before.elapsed)
        spent.append(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
    name = f"{small.stat().st_size // 1000} kB: the whole command"
    return [
        Figure(f"{name}, seconds", spread(values), "≤ 0.150", min(values) <= LATENCY_S),
        Figure(f"{name}, seconds of CPU", spread(spent)),
    ]


def _run(script: str, path: Path, small: Path) -> tuple[float, float]:
    """Run `script` on `path` in a process of its own; return seconds and peak memory."""
    done = subprocess.run(
        [sys.executable, "-c", _START + script + _END, path, small],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak
