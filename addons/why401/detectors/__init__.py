"""The detectors, in the order in which a chain of authentication breaks.

A detector answers one question that data in `rules/` cannot: it is a module with `REPORTS`, the
ids of the rules it may report, and `detect(case, context)`. Adding one means adding a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from why401.case import Case
from why401.context import Context
from why401.model import Finding


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector: its module's name, what it may report, and the function itself."""

    name: str
    reports: tuple[str, ...]
    detect: Callable[[Case, Context], Iterator[Finding]]


DETECTORS: tuple[Detector, ...] = ()
