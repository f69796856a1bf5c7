"""`python -m bench [SECTION…] [--quick] [--full]`: the sections named, or all. Exits with 0."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from pathlib import Path

SECTIONS = ("own", "start", "proxy", "rules", "signatures", "scan", "export", "negatives", "leaks")
"""Each is a module `bench_SECTION` with `main()`; quick ones first."""
QUICK = "WHY401_BENCH_QUICK"
"""Set in the environment for every section where fewer rounds are asked for."""
FULL = "WHY401_BENCH_FULL"
"""Set where sizes are asked for that take minutes."""
CAPTURES = "WHY401_BENCH_CAPTURES"
"""Set in the environment where the section `leaks` is to generate so many captures."""
EXCHANGES = "WHY401_BENCH_EXCHANGES"
"""Set in the environment where the section `negatives` is to generate so many exchanges."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    there = [name for name in SECTIONS if importlib.util.find_spec(f"bench.bench_{name}")]
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(there))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rougher figures")
    parser.add_argument("--exchanges", type=int, help="how many the section negatives generates")
    parser.add_argument("--captures", type=int, help="how many captures `leaks` generates")
    parser.add_argument("--full", action="store_true", help="a capture of 1 GB as well")
    chosen = parser.parse_args()
    unknown = set(chosen.sections) - set(there)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    if chosen.quick:
        os.environ[QUICK] = "1"
    if chosen.full:
        os.environ[FULL] = "1"
    if chosen.captures:
        os.environ[CAPTURES] = str(chosen.captures)
    if chosen.exchanges:
        os.environ[EXCHANGES] = str(chosen.exchanges)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores{load}")
    for name in chosen.sections or there:
        importlib.import_module(f"bench.bench_{name}").main()


if __name__ == "__main__":
    # A checkout is measured as it lies, installed or not.
    sys.path.insert(0, str(Path(__file__).parents[1] / "addons"))
    main()
