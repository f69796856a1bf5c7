"""The HTML report: one file without any reference to the outside, readable without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from why401.knowledge.rule import Text
from why401.knowledge.words import Language, moment, printable
from why401.language import counted
from why401.report import details, labels
from why401.report.atomic import whole_file
from why401.report.html_groups import (
    Group,
    Groups,
    Row,
    facts,
    fix_parts,
    links,
    lives,
    plain,
    sentence,
)
from why401.report.html_picture import Moment, Picture, clock, draw

MAX_ROWS = 2000
"""Healthy exchanges that are listed; the picture counts all."""
_FOLDER = "why401.report"


class Frame(msgspec.Struct, frozen=True):
    """What stands around the findings: `sources` are the elements of `sources` in the JSON,
    `receipt` says what was redacted, `made_s` is when the report was made, Unix seconds."""

    sources: Sequence[dict[str, Any]]
    receipt: Text
    language: Language
    version: str
    made_s: float
    is_redacted: bool = True


def write_report(path: str | Path, rows: Iterable[Row], frame: Frame) -> None:
    """Write the report of `rows` to `path`, whole or not at all, mode 0600.

    Raises atomic.OutputError.
    """
    with whole_file(path) as file:
        for part in report(rows, frame):
            file.write(part.encode("utf-8", "replace"))


def report(rows: Iterable[Row], frame: Frame) -> Iterable[str]:
    """Return the page in parts."""
    read, names = _told_apart(rows), _Names(frame.sources)
    times = [each.at_s for each in read.moments if each.at_s is not None]
    span_s = max(times) - min(times) if times else 0.0
    groups = _grouped(read.flagged, names, span_s)
    group_of = {shown.row.id: group.number for group in groups for shown in group.shown}
    listed = sorted((*read.healthy, *read.flagged), key=names.place)
    return _template().generate(
        frame=frame,
        groups=groups,
        by_number={group.number: group for group in groups},
        picture=_picture(read.moments, groups, group_of),
        kinds=_kinds(groups),
        hosts=sorted({host for group in groups for host in group.hosts}),
        listed=listed,
        unlisted=len(read.moments) - len(listed),
        anchors={row.id: names.anchor(row) for row in listed},
        names={row.id: names.number(row) for row in listed},
        group_of=group_of,
        entries=sum(source["entries"] for source in frame.sources),
        span_s=span_s,
        skipped=sum(source["skipped"] for source in frame.sources),
        flagged=len(read.flagged),
        counts=Counter(
            shown.diagnosis.get("certainty") for group in groups for shown in group.shown
        ),
        span=(moment(min(times)), moment(max(times))) if times else None,
        made=moment(frame.made_s),
        css=Markup(_asset("html.css")),  # noqa: S704  (files of our own)
        script=Markup(_asset("html.js")),  # noqa: S704
        css_hash=_hash("html.css"),
        script_hash=_hash("html.js"),
    )


class _Read(msgspec.Struct, frozen=True):
    """The rows, told apart: those with findings, the first of the healthy, and a moment of each."""

    flagged: list[Row]
    healthy: list[Row]
    moments: list[Moment]


def _told_apart(rows: Iterable[Row]) -> _Read:
    read = _Read([], [], [])
    for row in rows:
        if row.diagnosis is not None and row.diagnosis["findings"]:
            read.flagged.append(row)
        elif len(read.healthy) < MAX_ROWS:
            read.healthy.append(row)
        read.moments.append(Moment(row.id, row.host, row.at_s))
    return read


class _Names:
    """What rows are called, and where they are listed: with the number of their file where there
    are several."""

    def __init__(self, sources: Sequence[dict[str, Any]]) -> None:
        self._numbers = {source["path"]: number for number, source in enumerate(sources, 1)}
        self._several = len(sources) > 1

    def place(self, row: Row) -> tuple[int, int]:
        """Return the number of the file, and that in the file."""
        return self._numbers.get(row.source, 0), row.index

    def anchor(self, row: Row) -> str:
        """Return the id of its element."""
        source, index = self.place(row)
        return f"s{source}e{index}" if self._several else f"e{index}"

    def number(self, row: Row) -> str:
        """Return what a reader sees."""
        source, index = self.place(row)
        return f"{source}#{index}" if self._several else f"#{index}"


def _grouped(flagged: Iterable[Row], names: _Names, span_s: float) -> tuple[Group, ...]:
    collected = Groups(span_s)
    for row in sorted(flagged, key=lambda each: each.at_s or 0.0):
        collected.add(row, names.anchor(row), names.number(row))
    return collected.ranked()


def _picture(
    moments: Iterable[Moment], groups: Sequence[Group], group_of: Mapping[str, int]
) -> Picture:
    """Return the picture of all exchanges over time, each in the colour of its group."""
    coloured = (Moment(each.id, each.host, each.at_s, group_of.get(each.id, 0)) for each in moments)
    in_order = sorted(coloured, key=lambda each: each.at_s or 0.0)
    return draw(in_order, lives(groups), links(groups))


def _kinds(groups: Sequence[Group]) -> list[tuple[str, int, int]]:
    """Return each kind with its colour and how many exchanges failed by it."""
    counts: Counter[tuple[str, int]] = Counter()
    for group in groups:
        counts[(group.kind, group.color)] += group.count
    return [(kind, color, count) for (kind, color), count in counts.items()]


@cache
def _asset(name: str) -> str:
    return files(_FOLDER).joinpath(name).read_text(encoding="utf-8")


def _hash(name: str) -> str:
    """Return what the Content-Security-Policy calls the inline text of `name` (CSP 3, 2.3.1)."""
    digest = hashlib.sha256(_asset(name).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "facts": facts,
        "fix_parts": fix_parts,
        "plain": plain,
        "sentence": sentence,
    }
    environment.globals |= {
        "certainty_words": {key.value: word for key, word in labels.CERTAINTY.items()},
        "severity_words": {key.value: word for key, word in labels.SEVERITY.items()},
        "event_words": labels.EVENTS,
        "fact_words": details.FACTS,
        "form_words": details.FORMS,
        "subject_words": details.SUBJECTS,
        "status_words": details.STATUSES,
        "counted": counted,
        "printable": printable,
        "time_of": lambda at_s, span_s: "" if at_s is None else clock(at_s, span_s),
    }
    return environment.from_string(_asset("html.j2"))
