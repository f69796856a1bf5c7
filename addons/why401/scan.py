"""Captures diagnosed offline: each file with a history of its own, or all with one.

Entries are diagnosed in order of time, whatever the file's order. A later one may revise what was
said about an earlier one, so an entry is handed out when that can happen no more.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from why401.capture.entry import Capture, Entry, Skipped, UnreadableEntryError
from why401.diagnose import HEALTHY, Diagnoser
from why401.knowledge.base import Knowledge
from why401.model import Diagnosis, Exchange, Plain, Severity
from why401.report.plain import clean, from_facts, printable_lines, worded
from why401.report.redaction import Redactor
from why401.report.related import by_file
from why401.triage import teaches

SCHEMA = "why401/scan-1"
_RELEASE_EVERY = 256
"""Entries after which it is asked again whose diagnosis is settled."""


class Scanned(msgspec.Struct, frozen=True):
    """One entry that was read. `kept` is the diagnosis that a HAR of ours brought along."""

    source: str
    index: int
    method: str
    url: str
    status: int
    diagnosis: Diagnosis
    kept: dict[str, Any] | None = None
    at_s: float | None = None

    @property
    def id(self) -> str:
        """How this exchange is called everywhere: `a.har#4`."""
        return f"{self.source}#{self.index}"

    @property
    def is_flagged(self) -> bool:
        """Whether something was found."""
        return bool(self.diagnosis.findings)


class SourceCount(msgspec.Struct):
    """What was seen of one file."""

    path: str
    entries: int = 0
    flagged: int = 0
    skipped: int = 0
    skips: list[Skipped] = msgspec.field(default_factory=list)

    def plain(self) -> dict[str, Plain]:
        """Return the element of `sources`."""
        return {
            "path": valid(self.path),
            "entries": self.entries,
            "flagged": self.flagged,
            "skipped": self.skipped,
        }


def _ignore(_: object) -> None:
    """What is done with entries and exchanges that nobody asks for."""


class Scanner(msgspec.Struct):
    """Diagnoses the entries of one capture, or of several that share one history.

    Without `wants_healthy` only what is flagged is handed out. `on_entry` is called for each entry
    before it is looked at, for progress; `on_telling` with every exchange that may hold a secret
    which others repeat: what was flagged, and what hands out tokens.
    """

    diagnoser: Diagnoser
    rediagnose: bool = False
    wants_healthy: bool = True
    on_entry: Callable[[str], None] = _ignore
    on_telling: Callable[[Exchange], None] = _ignore
    counts: dict[str, SourceCount] = msgspec.field(default_factory=dict)
    _waiting: dict[str, Scanned] = msgspec.field(default_factory=dict)

    def scan(self, captures: Sequence[Capture]) -> Iterator[Scanned]:
        """Yield what is wanted of `captures`, each entry when what is said of it is settled."""
        for capture in captures:
            self.counts[capture.path] = SourceCount(capture.path, entries=len(capture))
        since = 0
        for capture, index in _in_order(captures):
            self.on_entry(capture.path)
            since += 1
            scanned, may_change = None, False
            is_healthy = not self._keeps(capture) and self._is_healthy(capture, index)
            if self.wants_healthy or not is_healthy:
                scanned, may_change = self._scanned(capture, index, is_healthy=is_healthy)
            if scanned is not None and not may_change:
                yield from self._settled(scanned)
            elif scanned is not None:
                self._waiting[scanned.id] = scanned
            if self._waiting and (may_change or since >= _RELEASE_EVERY):
                since = 0
                yield from self._released(capture.started_s(index))
        for scanned in self._waiting.values():
            yield from self._settled(scanned)
        self._waiting.clear()
        for count in self.counts.values():
            count.skips.sort(key=lambda skip: skip.index)
            count.skipped = len(count.skips)

    def _keeps(self, capture: Capture) -> bool:
        """Return whether what the file says of its entries is left as it is."""
        return capture.is_annotated and not self.rediagnose

    def _is_healthy(self, capture: Capture, index: int) -> bool:
        """Return whether an entry is healthy by its head, and learn that its request worked."""
        mark = capture.mark(index)
        if mark is None or self.diagnoser.history.awaits_mark(mark):
            return False
        try:
            worked = capture.worked(index)
        except UnreadableEntryError:
            return False
        if worked is None or not worked.authorization:
            return True
        history, sent, at_s = self.diagnoser.history, worked.authorization, worked.at_s
        if history.opens_oddly(worked.method, worked.host, worked.target, sent, at_s):
            return False
        history.learn_success(
            worked.method, worked.host, worked.target, sent, worked.exchange, at_s
        )
        return True

    def _scanned(
        self, capture: Capture, index: int, *, is_healthy: bool
    ) -> tuple[Scanned | None, bool]:
        """Return an entry, diagnosed unless it is known to be healthy, and whether a later one may
        change what is said."""
        entry = capture.entry(index)
        if isinstance(entry, Skipped):
            self.counts[capture.path].skips.append(entry)
            return None, False
        try:
            return self._diagnosed(entry, capture, is_healthy=is_healthy)
        except UnreadableEntryError as error:
            self.counts[capture.path].skips.append(Skipped(index, str(error)))
            return None, False

    def _diagnosed(
        self, entry: Entry, capture: Capture, *, is_healthy: bool
    ) -> tuple[Scanned, bool]:
        diagnosis, may_change = HEALTHY, False
        kept = None
        if self._keeps(capture):
            # Secrets in a HAR of ours are placeholders: judged again, healthy entries look ill.
            kept = entry.diagnosis
            if kept is not None and from_facts(kept) is not None:
                diagnosis = from_facts(by_file(kept, capture.path)) or HEALTHY
            else:
                kept = None
        elif not is_healthy:
            diagnosis, may_change = self._judged(entry.exchange())
        scanned = Scanned(
            source=capture.path,
            index=entry.index,
            method=entry.method,
            url=entry.url,
            status=entry.status,
            diagnosis=diagnosis,
            kept=kept,
            at_s=entry.started_s,
        )
        return scanned, may_change

    def _judged(self, exchange: Exchange) -> tuple[Diagnosis, bool]:
        """Return what is said of an exchange, and whether a later one may change that."""
        outcome = self.diagnoser.diagnose(exchange)
        # Nobody waits for an answer here: search to the end at once.
        diagnosis = outcome.deeper() if outcome.deeper else outcome.diagnosis
        if diagnosis.findings or hands_out(exchange):
            self.on_telling(exchange)
        for exchange_id, revised in outcome.revised:
            if exchange_id in self._waiting:
                self._waiting[exchange_id] = msgspec.structs.replace(
                    self._waiting[exchange_id], diagnosis=revised
                )
        return diagnosis, self.diagnoser.history.refusals.may_be_revised(exchange)

    def _settled(self, scanned: Scanned) -> Iterator[Scanned]:
        if scanned.is_flagged:
            self.counts[scanned.source].flagged += 1
        if self.wants_healthy or scanned.is_flagged:
            yield scanned

    def _released(self, now_s: float | None) -> Iterator[Scanned]:
        """Yield those that wait for nothing any more."""
        waiting = self.diagnoser.history.refusals.revisable(now_s)
        for exchange_id in [name for name in self._waiting if name not in waiting]:
            yield from self._settled(self._waiting.pop(exchange_id))


def _in_order(captures: Sequence[Capture]) -> Iterator[tuple[Capture, int]]:
    """Yield the indices of all captures in order of time."""
    if len(captures) == 1:
        yield from ((captures[0], index) for index in captures[0].order())
        return

    def timed(number: int, capture: Capture) -> Iterator[tuple[float, int, int, int]]:
        last = 0.0
        for position, index in enumerate(capture.order()):
            last = max(last, capture.started_s(index) or 0.0)
            yield last, number, position, index

    streams = (timed(number, capture) for number, capture in enumerate(captures))
    for _, number, _, index in heapq.merge(*streams):
        yield captures[number], index


def hands_out(exchange: Exchange) -> bool:
    """Return whether `exchange` gives its client a token, a cookie or a key."""
    request, response = exchange.request, exchange.response
    if response is None:
        return False
    return teaches(
        response.status,
        request.method.encode("utf-8", "surrogatepass"),
        request.target,
        response.headers.fields,
        response.body.data if response.body else None,
        request.body.data if request.body else None,
    )


def valid(name: str) -> str:
    """Return the name of a file as valid Unicode: what is no text in this locale is escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


def plain_item(item: Scanned, knowledge: Knowledge, redactor: Redactor | None) -> dict[str, Plain]:
    """Return the element of `diagnoses` for `item`, words included; redacted unless `redactor` is
    None."""
    facts = redactor.diagnosis(item.diagnosis) if redactor else item.diagnosis
    plain: dict[str, Plain] = {
        "source": valid(item.source),
        "index": item.index,
        "id": valid(item.id),
        "method": item.method,
        "url": item.url,
        "status": item.status,
        "diagnosis": clean(item.kept, printable_lines) if item.kept else worded(facts, knowledge),
    }
    redacted = redactor.plain(plain) if redactor else plain
    return redacted if isinstance(redacted, dict) else plain


def all_exchanges(captures: Iterable[Capture]) -> Iterator[Exchange]:
    """Yield every exchange of `captures` that can be read, in the order of each file."""
    for capture in captures:
        for entry in capture:
            if isinstance(entry, Entry):
                try:
                    yield entry.exchange()
                except UnreadableEntryError:
                    continue


def is_at_least(severity: Severity | None, threshold: str) -> bool:
    """Return whether `severity` reaches `threshold` ("error", "warning" or "never")."""
    if severity is None or threshold == "never":
        return False
    return severity is Severity.ERROR or (threshold == "warning" and severity is Severity.WARNING)
