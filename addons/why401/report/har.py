"""The annotated HAR: HAR 1.2, written entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import msgspec

from why401.model import Exchange
from why401.report.annotation import Annotation
from why401.report.har_entry import har_entry
from why401.report.har_extras import Extras
from why401.report.har_message import clean
from why401.report.har_timings import iso_date_time

_encode = msgspec.json.Encoder().encode


class Page(msgspec.Struct, frozen=True):
    """A group of entries; `Annotation.page` names it by `id`."""

    id: str
    title: str
    started_s: float | None = None
    comment: str = ""


class HarFile:
    """A HAR being written to an open binary file, one entry a line; not complete before `close`.

    `version` is why401's own.
    """

    def __init__(self, file: BinaryIO, *, version: str, pages: Sequence[Page] = ()) -> None:
        self._file = file
        self._count = 0
        head: dict[str, Any] = {
            "version": "1.2",
            "creator": {"name": "why401", "version": clean(version)},
            "pages": [_page(page) for page in pages],
        }
        file.write(b'{"log":' + _encode(head)[:-1] + b',"entries":[')

    def add(
        self, exchange: Exchange, annotation: Annotation | None, extras: Extras | None = None
    ) -> bytes:
        """Write one entry, and return what was written."""
        data = _entry_bytes(har_entry(exchange, annotation, extras))
        self._file.write(b",\n" if self._count else b"\n")
        self._file.write(data)
        self._count += 1
        return data

    def close(self, comment: str = "") -> None:
        """Write `log.comment` and the end."""
        said = b',"comment":' + _encode(clean(comment)) if comment else b""
        self._file.write(b"\n]" + said + b"}}\n")


def dump_har(
    file: BinaryIO,
    entries: Iterable[tuple[Exchange, Annotation | None]],
    *,
    version: str,
    comment: str = "",
    pages: Sequence[Page] = (),
) -> None:
    """Write a whole HAR to an open binary file."""
    har = HarFile(file, version=version, pages=pages)
    for exchange, annotation in entries:
        har.add(exchange, annotation)
    har.close(comment)


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
