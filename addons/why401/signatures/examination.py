"""What examining the signatures of one exchange gives, and what is left to search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from why401.model import Certainty, Evidence, Finding, Plain, SignatureCheck
from why401.signatures.engine import Fits, Mistake, Parts, Search


@dataclass(frozen=True, slots=True)
class Report:
    """One signature examined: the check for the record, and what is wrong."""

    check: SignatureCheck
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A signature that the right message does not explain: all that a search needs, nothing that
    changes, so that it can be searched in another thread. `is_untried`: not even the right message
    and single mistakes were tried yet."""

    mistakes: tuple[Mistake, ...]
    claim: object
    parts: Parts
    fits: Fits
    report: Callable[[Search], Report]
    is_untried: bool = False


@dataclass(frozen=True, slots=True)
class Examination:
    """`reports` of all signatures; for those at the same place in `open_` a deeper search may
    still find the mistake (None: nothing to search)."""

    reports: tuple[Report, ...] = ()
    open_: tuple[Problem | None, ...] = ()

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
        """Whether `search_deeper` could still explain something."""
        return any(self.open_)


EXCERPT_BYTES = 24


def first_difference(right: bytes, signed: bytes) -> dict[str, Plain]:
    """Return where two texts part: the byte from 0, and a little of each from there on."""
    at = next(
        (
            index
            for index, (one, other) in enumerate(zip(right, signed, strict=False))
            if one != other
        ),
        min(len(right), len(signed)),
    )
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
