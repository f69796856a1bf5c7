"""From the start of the process to the first accepted connection, bare and with why401."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

from bench.proxies import BARE, WITH_WHY401, proxy
from bench.table import Figure, print_table, quartiles, spread

GOAL_MS = 60.0


def main() -> None:
    rounds = 5 if os.environ.get("WHY401_BENCH_QUICK") else 15
    taken: dict[str, list[float]] = {BARE: [], WITH_WHY401: []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for program in taken:  # writes the certificate, the bytecode and the cache of rules
            with proxy(program, folder):
                pass
        for _ in range(rounds):
            for program in random.sample(list(taken), len(taken)):
                with proxy(program, folder) as running:
                    taken[program].append(running.start_s * 1000)
    more = [ours - bare for ours, bare in zip(taken[WITH_WHY401], taken[BARE], strict=True)]
    print_table(
        f"start to listening, ms ({rounds} rounds, interleaved)",
        [
            Figure("mitmdump", spread(taken[BARE], ".0f")),
            Figure("why401 run --ui none", spread(taken[WITH_WHY401], ".0f")),
            Figure(
                "more than bare",
                spread(more, ".0f"),
                f"<= {GOAL_MS:.0f} (design 40)",
                quartiles(more)[1] <= GOAL_MS,
            ),
        ],
    )
