"""What examining the signatures of one exchange gives, and what is left to search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from why401.model import Certainty, Evidence, Finding, Plain, SignatureCheck
from why401.signatures.engine import Fits, Mistake, Parts, Search, deeper, singles


class Report(msgspec.Struct, frozen=True):
    """One signature examined: the check for the record, and what is wrong."""

    check: SignatureCheck
    findings: tuple[Finding, ...] = ()


type GoOn = Callable[[int], Report]
"""Goes on with a signature that the right message does not explain, and reports on it anew: with
the number of candidates that it may try, in any thread."""


def searched(
    mistakes: Sequence[Mistake],
    claim: object,
    right: Parts,
    fits: Fits,
    report: Callable[[Search], Report],
) -> tuple[Report, GoOn]:
    """Return the report on what common mistakes explain, and how to go on from there."""
    first = singles(mistakes, claim, right, fits)
    return report(first), lambda budget: report(deeper(mistakes, claim, right, fits, first, budget))


class Examination(msgspec.Struct, frozen=True):
    """`reports` of all signatures; for those at the same place in `open_` going on may still find
    the mistake, or further explanations as good (None: nothing to search)."""

    reports: tuple[Report, ...] = ()
    open_: tuple[GoOn | None, ...] = ()

    @property
    def checks(self) -> tuple[SignatureCheck, ...]:
        """The outcome of every signature."""
        return tuple(report.check for report in self.reports)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the signatures."""
        return tuple(finding for report in self.reports for finding in report.findings)

    @property
    def wants_deeper(self) -> bool:
        """Whether `search_deeper` could still add an explanation."""
        return any(self.open_)


EXCERPT_BYTES = 24


def first_difference(right: bytes, signed: bytes) -> dict[str, Plain]:
    """Return where two texts part: the byte from 0, and a little of each from there on."""
    at, end = 0, min(len(right), len(signed))
    while at < end:
        middle = (at + end + 1) // 2
        if right[at:middle] == signed[at:middle]:
            at = middle
        else:
            end = middle - 1
    # Begin with a whole character.
    start = at
    while start and start < len(right) and 0x80 <= right[start] < 0xC0:
        start -= 1
    return {
        "at_byte": at,
        "should_be": excerpt(right[start:]),
        "signed": excerpt(signed[start:]),
    }


def excerpt(data: bytes) -> str:
    """Return the beginning of `data` as text for evidence."""
    text = data[:EXCERPT_BYTES].decode("utf-8", "replace")
    return text if len(data) <= EXCERPT_BYTES else text + "…"


def proven(
    rules: Sequence[str],
    evidence: tuple[Evidence, ...],
    values: dict[str, str | int | float] | None = None,
    related: tuple[str, ...] = (),
) -> tuple[Finding, ...]:
    """Return one proven finding for each of `rules`, all on the same evidence."""
    return tuple(
        Finding(rule, Certainty.PROVEN, evidence, values=values or {}, related=related)
        for rule in dict.fromkeys(rules)
    )
