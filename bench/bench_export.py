"""The export of a running proxy: 10,000 flows, one in a hundred failing, beside mitmproxy's own
`save.har`, and the longest that anything else on the event loop has to wait meanwhile."""

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
SIZE = 56 * MB
"""Some 10,000 exchanges."""
QUICK = "WHY401_BENCH_QUICK"
ROUNDS = 5
RATIO, STALL_MS = 0.8, 25.0
_FLOWS = """
import asyncio, json, sys, time
from pathlib import Path
from mitmproxy.addons.savehar import SaveHar
from mitmproxy.io import FlowReader
with open(sys.argv[1], "rb") as file:
    flows = list(FlowReader(file).stream())
out = Path(sys.argv[2])
"""
OURS = """
from why401.configuration import DEFAULTS
from why401.proxy.exchange import exchange_from_flow
from why401.proxy.export import Exports
from why401.proxy.metadata import METADATA
from why401.proxy.session import Session
from why401.report.plain import facts
session = Session(DEFAULTS, "en")
for flow in flows:
    found = session.diagnoser.diagnose(exchange_from_flow(flow)).diagnosis
    if found.findings:
        flow.metadata[METADATA] = facts(found)
def beat(longest):
    '''Come round as often as the loop lets it, and note the longest wait.'''
    async def run():
        before = time.thread_time(), time.perf_counter()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time(), time.perf_counter()
            for at in (0, 1):
                longest[at] = max(longest[at], now[at] - before[at])
            before = now
    return run()
async def export(beside):
    exports, told = Exports(), []
    task = asyncio.create_task(beside)
    exports.export(flows, out, session, told.append, redact=True)
    await exports.done()
    task.cancel()
    assert told, "nothing was written"
started = time.process_time()
asyncio.run(export(asyncio.sleep(0)))
seconds = time.process_time() - started
longest = [0.0, 0.0]
asyncio.run(export(beat(longest)))
print(json.dumps([seconds, *longest, len(flows)]))
"""
THEIRS = """
started = time.process_time()
out.write_bytes(json.dumps(SaveHar().make_har(flows), indent=4).encode())
print(json.dumps([time.process_time() - started, 0.0, 0.0, len(flows)]))
"""


def main() -> None:
    rounds = 1 if os.environ.get(QUICK) else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "capture.har"
        write_capture(capture, SIZE)
        ours = [_run(OURS, capture) for _ in range(rounds)]
        theirs = [_run(THEIRS, capture) for _ in range(rounds)]
    own, other = min(each[0] for each in ours), min(each[0] for each in theirs)
    stalls, waits = [each[1] * 1000 for each in ours], [each[2] * 1000 for each in ours]
    print_table(
        f"export: {ours[0][3]:.0f} flows of a proxy, processor time",
        [
            Figure(
                "annotated and redacted HAR ÷ save.har",
                f"{own / other:.2f}  ({own:.2f} s, {other:.2f} s)",
                f"≤ {RATIO}",
                own <= RATIO * other,
            ),
            Figure(
                "longest hold of the event loop, ms of its own work",
                spread(stalls, ".1f"),
                f"≤ {STALL_MS:.0f}",
                min(stalls) <= STALL_MS,
            ),
            Figure("longest wait of anything else on it, ms", spread(waits, ".1f")),
            Figure("save.har holds it, ms", f"{other * 1000:.0f}"),
        ],
    )


def _run(script: str, capture: Path) -> list[float]:
    """Run `script` in a process of its own; return seconds, longest hold and wait, and flows."""
    done = subprocess.run(
        [sys.executable, "-c", _FLOWS + script, capture, capture.with_name("out.har")],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    found: list[float] = json.loads(done.stdout)
    return found
