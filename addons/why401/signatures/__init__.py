"""Signatures recomputed, and the mistake behind a wrong one proven.

One engine (`engine`), one file a scheme (`schemes` lists them). `examine` looks at all signatures
of an exchange; `search_deeper` goes on where no single mistake explains one.
"""

from __future__ import annotations

from why401.signatures.examination import Examination
from why401.signatures.examine import NOTHING, examine, search_deeper
from why401.signatures.markers import is_refused_probe, worth_judging

__all__ = [
    "NOTHING",
    "Examination",
    "examine",
    "is_refused_probe",
    "search_deeper",
    "worth_judging",
]
