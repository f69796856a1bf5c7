"""Is anything called proven that is not so? Asked of generated exchanges whose faults are known:
none, one that no bytes show, or exactly one mistake.

`python -m bench negatives --exchanges 50000`. Every wrong verdict is printed with the exchange.
"""

from __future__ import annotations

import os
import time
from collections import Counter

from tests.negatives.play import Fault, claimed, play

from bench.table import Figure, print_table
from why401.knowledge.load import load_knowledge

EXCHANGES = int(os.environ.get("WHY401_BENCH_EXCHANGES", "50000"))
QUICK_EXCHANGES = 5_000
SHOWN = 20


def main() -> None:
    count = QUICK_EXCHANGES if os.environ.get("WHY401_BENCH_QUICK") else EXCHANGES
    knowledge = load_knowledge().knowledge
    started = time.process_time()
    total = proven = seed = 0
    faults: list[tuple[int, Fault]] = []
    while total < count:
        played = play(seed, knowledge)
        faults += [(seed, fault) for fault in played.faults]
        total, proven, seed = total + played.exchanges, proven + played.proven, seed + 1
    for number, fault in faults[:SHOWN]:
        print(_told(number, fault))
    kinds = Counter(fault.said for _, fault in faults)
    more = "".join(f"; {times} x {said}" for said, times in kinds.most_common(5))
    spent_s = time.process_time() - started
    print_table(
        "claims about generated exchanges",
        [
            Figure("exchanges", f"{total} in {spent_s:.0f} s"),
            Figure("proven verdicts of what was planted", str(proven)),
            Figure("claims that are not so", f"{len(faults)}{more}", "0", not faults),
        ],
    )


def _told(seed: int, fault: Fault) -> str:
    """Return a wrong verdict with its exchange, for the person who looks into it."""
    exchange = fault.step.exchange
    sent = b"\n".join(b"  > %s: %s" % pair for pair in exchange.request.headers)
    got, status = b"", 0
    if exchange.response is not None:
        got = b"\n".join(b"  < %s: %s" % pair for pair in exchange.response.headers)
        got += b"\n  < " + (exchange.response.body.data[:300] if exchange.response.body else b"")
        status = exchange.response.status
    lines = [
        f"seed {seed} {exchange.id} ({fault.step.scene}): {fault.said}",
        f"  {exchange.request.method} {exchange.request.url} {status}",
        (sent + b"\n" + got).decode("utf-8", "replace"),
        *(f"  = {claimed(finding)}" for finding in fault.diagnosis.findings[:4]),
    ]
    return "\n".join(lines)
