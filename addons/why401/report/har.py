"""The annotated HAR: HAR 1.2, written entry by entry, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from why401.model import Exchange
from why401.report.annotation import Annotation
from why401.report.atomic import whole_file
from why401.report.har_entry import har_entry
from why401.report.har_message import clean
from why401.report.har_timings import iso_date_time

_encode = msgspec.json.Encoder().encode

type Annotated = tuple[Exchange, Annotation | None]


@dataclass(frozen=True, slots=True)
class Page:
    """A group of entries; `Annotation.page` names it by `id`."""

    id: str
    title: str
    started_s: float | None = None
    comment: str = ""


def write_har(
    path: str | Path,
    entries: Iterable[Annotated],
    *,
    version: str,
    comment: Callable[[], str] = str,
    pages: Sequence[Page] = (),
) -> int:
    """Write `entries` to `path` and return how many there were.

    `version` is why401's own; `comment` gives `log.comment` once all entries are written, since
    it may count them. The file has mode 0600 and takes
    the place of an older one only when it is complete. Raises atomic.OutputError.
    """
    with whole_file(path) as file:
        return dump_har(file, entries, version=version, comment=comment, pages=pages)


def dump_har(
    file: BinaryIO,
    entries: Iterable[Annotated],
    *,
    version: str,
    comment: Callable[[], str] = str,
    pages: Sequence[Page] = (),
) -> int:
    """Write the HAR to an open binary file, one entry a line; see `write_har`."""
    head: dict[str, Any] = {
        "version": "1.2",
        "creator": {"name": "why401", "version": clean(version)},
        "pages": [_page(page) for page in pages],
    }
    file.write(b'{"log":' + _encode(head)[:-1] + b',"entries":[')
    count = 0
    for exchange, annotation in entries:
        file.write(b",\n" if count else b"\n")
        file.write(_entry_bytes(har_entry(exchange, annotation)))
        count += 1
    said = comment()
    file.write(b"\n]" + (b',"comment":' + _encode(clean(said)) if said else b"") + b"}}\n")
    return count


def _page(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = {
        "startedDateTime": iso_date_time(page.started_s),
        "id": clean(page.id),
        "title": clean(page.title),
        "pageTimings": {"onContentLoad": -1, "onLoad": -1},
    }
    if page.comment:
        found["comment"] = clean(page.comment)
    return found


def _entry_bytes(entry: dict[str, Any]) -> bytes:
    try:
        return _encode(entry)
    except UnicodeEncodeError:
        # Only a diagnosis can hold lone surrogates still: everything else was cleaned.
        return _encode(_cleaned(entry))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
