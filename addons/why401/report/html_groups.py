"""The failures of an HTML report grouped by cause: fifty with one cause are one block."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from why401.knowledge.words import printable
from why401.later import regex
from why401.report.html_picture import Life, clock

FULL = 20
"""Exchanges of one group that are shown in full; more say the same again."""
_SNIPPET = regex(r"([A-Z][A-Za-z.#+]{1,11}|curl)\s{2,}(\S.*)")
_MAX_LINES = 80
_LIFE_ENDS = ("superseded", "revoked", "refreshed", "refused")


class Row(msgspec.Struct, frozen=True):
    """One exchange as a report shows it, secrets already replaced.

    `diagnosis` has its words (the published schema); None for a healthy exchange.
    """

    id: str
    source: str
    index: int
    method: str
    url: str
    status: int
    at_s: float | None
    diagnosis: Mapping[str, Any] | None = None

    @property
    def host(self) -> str:
        """The host with its port, for the lane in the picture."""
        return host_of(self.url)


def host_of(url: str) -> str:
    """Return the host of `url` with its port; what is no URL has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return printable(parts.netloc.rpartition("@")[2] or parts.scheme)[:120]


class Piece(msgspec.Struct, frozen=True):
    """A part of a text; `is_changed` is the part by which two texts differ."""

    text: str
    is_changed: bool = False


class Difference(msgspec.Struct, frozen=True):
    """What should have been signed and what was, where they first differ."""

    should_be: tuple[Piece, ...]
    signed: tuple[Piece, ...]
    at_byte: int | None


class Signed(msgspec.Struct, frozen=True):
    """A signature with the lines that should have been signed."""

    check: Mapping[str, Any]
    lines: tuple[tuple[Piece, ...], ...]
    is_cut: bool


class Shown(msgspec.Struct, frozen=True):
    """One failed exchange of a group. `anchor` is its id in the page."""

    anchor: str
    row: Row
    number: str
    time: str
    difference: Difference | None
    signatures: tuple[Signed, ...]

    @property
    def diagnosis(self) -> Mapping[str, Any]:
        """The diagnosis: an exchange in a group has one."""
        return self.row.diagnosis or {}


class Group(msgspec.Struct):
    """All failures with one cause. `number` is how the picture calls it, from 1."""

    number: int
    verdict: str
    kind: str
    color: int
    severity: str
    finding: Mapping[str, Any]
    shown: list[Shown] = msgspec.field(default_factory=list)
    hosts: dict[str, None] = msgspec.field(default_factory=dict)
    certainties: Counter[str] = msgspec.field(default_factory=Counter)
    """How many exchanges are how sure: what is proven of one may be likely of the next."""

    @property
    def count(self) -> int:
        """How many exchanges failed for this cause."""
        return len(self.shown)


_COLORS = 12
_WEIGHT = {"error": 0, "warning": 1, "info": 2}
_SURE = {"proven": 0, "likely": 1, "possible": 2}


class Groups:
    """Collects failures, in order of time, into groups."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._groups: dict[str, Group] = {}

    def add(self, row: Row, anchor: str, number: str) -> None:
        """Put the failed exchange `row` into its group."""
        diagnosis = row.diagnosis or {}
        finding = diagnosis["findings"][0]
        verdict = str(diagnosis["verdict"])
        group = self._groups.get(verdict)
        if group is None:
            group = self._groups[verdict] = Group(
                0,
                verdict,
                verdict.partition("/")[0],
                0,
                str(diagnosis["severity"]),
                finding,
            )
        is_full = group.count < FULL
        group.hosts[row.host] = None
        group.certainties[str(diagnosis.get("certainty", "possible"))] += 1
        group.shown.append(
            Shown(
                anchor,
                row,
                number,
                "" if row.at_s is None else clock(row.at_s, self._span_s),
                difference(finding) if is_full else None,
                tuple(_signed(diagnosis)) if is_full else (),
            )
        )

    def ranked(self) -> tuple[Group, ...]:
        """Return the groups, numbered: the worst first, then the surest, then the largest."""
        found = sorted(
            self._groups.values(),
            key=lambda group: (
                _WEIGHT.get(group.severity, 3),
                min(_SURE.get(each, 3) for each in group.certainties),
                -group.count,
            ),
        )
        kinds: dict[str, int] = {}
        for number, group in enumerate(found, 1):
            group.number = number
            group.color = kinds.setdefault(group.kind, min(len(kinds), _COLORS))
        return tuple(found)


def difference(finding: Mapping[str, Any]) -> Difference | None:
    """Return where the text that was signed first differs, if the finding says so."""
    for evidence in finding["evidence"]:
        seen = evidence["seen"]
        if evidence["where"] == "signature.first-difference" and isinstance(seen, dict):
            should_be, signed = seen.get("should_be"), seen.get("signed")
            if isinstance(should_be, str) and isinstance(signed, str):
                at = seen.get("at_byte")
                return Difference(*compared(should_be, signed), at if isinstance(at, int) else None)
    return None


def compared(one: str, other: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both texts in pieces, those by which they differ marked; at most 300 characters."""
    one, other = one[:300], other[:300]
    first: list[Piece] = []
    second: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    # Of texts that are both cut, the ends differ by where the cut is.
    is_cut = one.endswith("…") and other.endswith("…")
    for tag, begin, end, from_, to in matcher.get_opcodes():
        at_end = is_cut and end >= len(one) - 1 and to >= len(other) - 1 and begin > 0
        changed = tag != "equal" and not at_end
        if begin < end:
            first.append(Piece(visible(one[begin:end], is_changed=changed), changed))
        if from_ < to:
            second.append(Piece(visible(other[from_:to], is_changed=changed), changed))
    return tuple(first), tuple(second)


def visible(text: str, *, is_changed: bool) -> str:
    """Return `text` safe to show; blanks that make the difference can be seen."""
    text = printable(text)
    return text.replace(" ", "␣") if is_changed else text


def _signed(diagnosis: Mapping[str, Any]) -> Iterator[Signed]:
    marked = difference(diagnosis["findings"][0])
    for check in diagnosis["signatures"]:
        text = check.get("string_to_sign") or ""
        at = marked.at_byte if marked and check["status"] == "mismatch" else None
        begins = marked.should_be[0].text[:1] if marked and marked.should_be else ""
        lines = tuple(_lines(text, at, begins))
        yield Signed(check, lines[:_MAX_LINES], len(lines) > _MAX_LINES)


def _lines(text: str, at_byte: int | None, begins: str) -> Iterator[tuple[Piece, ...]]:
    """Yield the lines of a string to sign; the character at `at_byte` marked where it is `begins`
    (placeholders for secrets before it may have moved it)."""
    at = -1
    if at_byte is not None:
        at = len(text.encode("utf-8", "replace")[:at_byte].decode("utf-8", "ignore"))
        if text[at : at + 1] != begins:
            at = -1
    start = 0
    parts = text.split("\n")
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if is_last and not part:
            return
        end = "" if is_last else "⏎"
        place = at - start
        if 0 <= place < len(part):
            yield (
                Piece(printable(part[:place])),
                Piece(visible(part[place], is_changed=True), is_changed=True),
                Piece(printable(part[place + 1 :]) + end),
            )
        else:
            yield (Piece(printable(part) + end),)
        start += len(part) + 1


def fix_parts(text: str) -> tuple[tuple[str, str], ...]:
    """Return a fix as (language, code) lines; the language is empty for ordinary words."""
    return tuple(
        (found[1], found[2]) if (found := _SNIPPET.fullmatch(line)) else ("", line)
        for line in text.splitlines()
    )


def facts(value: Any) -> tuple[tuple[str, str], ...]:
    """Return a value of evidence as (name, text) pairs; a single value has no name."""
    if isinstance(value, Mapping):
        return tuple((printable(str(name)), plain(item)) for name, item in value.items())
    return (("", plain(value)),)


def sentence(text: str) -> str:
    """Return words on one line, safe to show."""
    return " ".join(printable(line) for line in text.splitlines())


def plain(value: Any) -> str:
    """Return one value as text on one line."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return printable(value)
    return printable(json.dumps(value, ensure_ascii=False))


def lives(groups: Iterable[Group]) -> tuple[Life, ...]:
    """Return the tokens whose issue and end the timelines of the failures tell."""
    found: dict[str, Life] = {}
    for group in groups:
        for shown in group.shown:
            issued: dict[str, str] = {}
            for event in shown.diagnosis.get("timeline", ()):
                subject, name = event["subject"], event["event"]
                if name == "issued":
                    issued[subject] = event["exchange"]
                elif subject in issued and name in _LIFE_ENDS:
                    known = found.get(subject)
                    if known is None or _LIFE_ENDS.index(name) < _LIFE_ENDS.index(known.event):
                        found[subject] = Life(subject, issued[subject], event["exchange"], name)
    return tuple(found.values())


def links(groups: Iterable[Group]) -> tuple[tuple[str, str], ...]:
    """Return pairs of exchange ids: what caused a failure, and the failure."""
    found: dict[tuple[str, str], None] = {}
    for group in groups:
        for shown in group.shown:
            for finding in shown.diagnosis["findings"]:
                for cause in finding.get("related", ()):
                    if cause != shown.row.id:
                        found[(cause, shown.row.id)] = None
    return tuple(found)
