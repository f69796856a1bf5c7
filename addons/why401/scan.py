"""Captures diagnosed offline: one file after the other, each a capture of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from why401.capture.entry import Capture, Entry, Skipped, UnreadableEntryError
from why401.diagnose import HEALTHY, Diagnoser
from why401.model import Diagnosis, Exchange, Severity
from why401.report.plain import from_facts, worded

SCHEMA = "why401/scan-1"


@dataclass(frozen=True, slots=True)
class Scanned:
    """One entry that was read. `kept` is the diagnosis that a HAR of ours brought along."""

    source: str
    index: int
    method: str
    url: str
    status: int
    diagnosis: Diagnosis
    kept: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """How this exchange is called everywhere: `a.har#4`."""
        return f"{self.source}#{self.index}"

    @property
    def is_flagged(self) -> bool:
        """Whether something was found."""
        return bool(self.diagnosis.findings)


@dataclass(slots=True)
class SourceCount:
    """What was seen of one file."""

    path: str
    entries: int = 0
    flagged: int = 0
    skipped: int = 0
    skips: list[Skipped] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Return the element of `sources`."""
        return {
            "path": self.path,
            "entries": self.entries,
            "flagged": self.flagged,
            "skipped": self.skipped,
        }


def scan_capture(
    capture: Capture,
    diagnoser: Diagnoser,
    *,
    rediagnose: bool,
    on_entry: Callable[[], None] = lambda: None,
) -> tuple[list[Scanned], SourceCount]:
    """Return every entry of `capture` that could be read, in the order of the file, and the count.

    Entries are diagnosed in order of time, whatever the file's order; a later one may revise what
    was said about an earlier one. `on_entry` is called after each, for progress.
    """
    count = SourceCount(capture.path, entries=len(capture))
    found: dict[str, Scanned] = {}
    for entry in capture.in_order():
        on_entry()
        if isinstance(entry, Skipped):
            count.skips.append(entry)
            continue
        try:
            scanned, revised = _scan_entry(entry, capture, diagnoser, rediagnose=rediagnose)
        except UnreadableEntryError as error:
            count.skips.append(Skipped(entry.index, str(error)))
            continue
        found[scanned.id] = scanned
        for exchange_id, diagnosis in revised:
            if exchange_id in found:
                found[exchange_id] = _revised(found[exchange_id], diagnosis)
    items = sorted(found.values(), key=lambda item: item.index)
    count.skips.sort(key=lambda skip: skip.index)
    count.skipped = len(count.skips)
    count.flagged = sum(item.is_flagged for item in items)
    return items, count


def _scan_entry(
    entry: Entry, capture: Capture, diagnoser: Diagnoser, *, rediagnose: bool
) -> tuple[Scanned, tuple[tuple[str, Diagnosis], ...]]:
    kept = None if rediagnose else entry.diagnosis
    known = from_facts(kept) if kept else None
    diagnosis = HEALTHY
    revised: tuple[tuple[str, Diagnosis], ...] = ()
    if known is not None:
        diagnosis = known
    # Secrets in a HAR of ours are placeholders: judged again, its healthy entries would look ill.
    elif rediagnose or not capture.is_annotated:
        exchange = entry.exchange()
        outcome = diagnoser.diagnose(exchange)
        diagnosis, revised = outcome.diagnosis, outcome.revised
    scanned = Scanned(
        source=capture.path,
        index=entry.index,
        method=entry.method,
        url=entry.url,
        status=entry.status,
        diagnosis=diagnosis,
        kept=kept if known is not None else None,
    )
    return scanned, revised


def _revised(item: Scanned, diagnosis: Diagnosis) -> Scanned:
    return Scanned(item.source, item.index, item.method, item.url, item.status, diagnosis, None)


def plain_item(item: Scanned, diagnoser: Diagnoser) -> dict[str, Any]:
    """Return the element of `diagnoses` for `item`, words included, not yet redacted."""
    return {
        "source": item.source,
        "index": item.index,
        "id": item.id,
        "method": item.method,
        "url": item.url,
        "status": item.status,
        "diagnosis": item.kept or worded(item.diagnosis, diagnoser.knowledge),
    }


def exchanges(capture: Capture) -> Iterator[tuple[int, Exchange]]:
    """Yield every exchange of `capture` that can be read, with its index, in the file's order."""
    for entry in capture:
        if isinstance(entry, Entry):
            try:
                yield entry.index, entry.exchange()
            except UnreadableEntryError:
                continue


def is_at_least(severity: Severity | None, threshold: str) -> bool:
    """Return whether `severity` reaches `threshold` ("error", "warning" or "never")."""
    if severity is None or threshold == "never":
        return False
    return severity is Severity.ERROR or (threshold == "warning" and severity is Severity.WARNING)
