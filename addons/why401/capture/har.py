"""HAR of any producer, read entry by entry: one odd entry never costs the others.

The file is cut into entries first, each still text; of an entry only a glance is decoded, and
the exchange is built when it is asked for. A healthy entry so costs a few microseconds.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import Raw, Struct

from why401.capture.entry import Capture, Entry, Glimpse, Skipped, UnreadableEntryError
from why401.capture.errors import CaptureError
from why401.capture.har_dates import unix_seconds
from why401.capture.har_exchange import exchange_of
from why401.capture.har_glimpse import glimpse_of
from why401.capture.har_lenient import lenient_entry, lenient_json
from why401.capture.har_parts import GLANCE, START, WHOLE, Glance, Whole
from why401.capture.har_split import split_entries
from why401.model import Exchange
from why401.report.annotation import Annotation

_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ODD = "is no HAR: it has no log.entries"


class _Log(Struct):
    entries: list[Raw] | None = None
    comment: Any = None
    creator: Any = None
    pages: Any = None


class _Document(Struct):
    log: _Log | None = None
    entries: list[Raw] | None = None


type _Reader = Callable[[bytes, str], HarCapture | None]

_DOCUMENT = msgspec.json.Decoder(_Document)
_LIST = msgspec.json.Decoder(list[Raw])


class HarEntry(Entry):
    """One entry of a HAR."""

    __slots__ = ("_capture", "_data", "_glance", "_whole")

    def __init__(self, capture: HarCapture, index: int, data: Raw | memoryview) -> None:
        self._capture = capture
        self._data = data
        self._whole: Whole | None = None
        self._glance: Glance | None = None
        try:
            found = self._glance = GLANCE.decode(data)
            line, started, response = found.request, found.started, found.response
            status = response.status if response else 0
        except _FAULTS:
            whole = self._whole = lenient_entry(data)
            line, started = whole.request, whole.started  # type: ignore[assignment]
            status = whole.response.status if whole.response else 0
        super().__init__(index, line.method, line.url, max(status, 0), unix_seconds(started))

    def _read(self) -> Whole:
        if self._whole is None:
            try:
                self._whole = WHOLE.decode(self._data)
            except _FAULTS:
                self._whole = lenient_entry(self._data)
        return self._whole

    def glimpse(self) -> Glimpse | None:
        """Return what triage asks for; None where only the exchange tells it."""
        return glimpse_of(self._glance) if self._glance is not None else None

    def exchange(self) -> Exchange:
        """Return the exchange; its id is `PATH#INDEX`. Raises UnreadableEntryError."""
        exchange = exchange_of(self._read(), f"{self._capture.path}#{self.index}")
        return replace(exchange, is_sanitised=True) if self._capture.is_sanitised else exchange

    @property
    def annotation(self) -> Annotation | None:
        """The comments and the diagnosis that the entry carries; None where it has neither."""
        try:
            whole = self._read()
        except UnreadableEntryError:
            return None
        diagnosis = whole.diagnosis if isinstance(whole.diagnosis, dict) else None
        found = Annotation(
            comment=whole.comment or "",
            request_comment=whole.request.comment or "",
            response_comment=(whole.response.comment if whole.response else "") or "",
            diagnosis=diagnosis,
            page=whole.page or "",
        )
        return None if found == Annotation() else found


_CREDENTIAL_HEADER = re.compile(rb'"name": ?"(?i:authorization|cookie|set-cookie)"')


class HarCapture(Capture):
    """A HAR; `pages` are its `log.pages` as they stand."""

    def __init__(self, path: str, entries: Sequence[Raw | memoryview]) -> None:
        super().__init__(path)
        self.pages: tuple[dict[str, Any], ...] = ()
        self.is_sanitised = False
        """Whether its producer may have left out every Authorization and cookie."""
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, index: int) -> Entry | Skipped:
        """Return entry `index`, or why it cannot be read."""
        try:
            return HarEntry(self, index, self._entries[index])
        except UnreadableEntryError as error:
            return Skipped(index, str(error))

    def started_s(self, index: int) -> float | None:
        """Return when entry `index` began, Unix seconds."""
        try:
            return unix_seconds(START.decode(self._entries[index]).started)
        except _FAULTS:
            entry = self.entry(index)
            return None if isinstance(entry, Skipped) else entry.started_s


def read_har(data: bytes, path: str) -> HarCapture:
    """Return the capture in the bytes of a HAR, of a list of entries or of one entry a line.

    `path` names it to the user. Raises CaptureError where there are no entries to be found.
    """
    data = _utf8(data)
    first = data.lstrip()[:1]
    readers: tuple[_Reader, ...]
    if first == b"{":
        readers = (_whole_document, _lines)
    elif first == b"[":
        readers = (_list,)
    else:
        raise CaptureError(path, "is neither JSON nor a mitmproxy flow file")
    for reader in (*readers, _salvaged):
        capture: HarCapture | None = reader(data, path)
        if capture is not None:
            return capture
    raise CaptureError(path, _ODD)


def _utf8(data: bytes) -> bytes:
    """Return the text as UTF-8 without a byte order mark, whichever Unicode it came in."""
    if data.startswith(codecs.BOM_UTF8):
        return data[3:]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    if data[:4].count(0) == 2 and len(data) > 3:
        charset = "utf-16-le" if data[1] == 0 else "utf-16-be"
        return data.decode(charset, "replace").encode("utf-8", "replace")
    return data


def _whole_document(data: bytes, path: str) -> HarCapture | None:
    try:
        document = _DOCUMENT.decode(data)
    except _FAULTS:
        return None
    log = document.log
    entries = log.entries if log and log.entries is not None else document.entries
    if entries is None:
        return None
    capture = HarCapture(path, entries)
    if log is not None:
        capture.comment = log.comment if isinstance(log.comment, str) else ""
        creator = log.creator if isinstance(log.creator, dict) else {}
        capture.is_annotated = creator.get("name") == "why401"
        # Chrome exports without these headers unless it is told otherwise, and does not say so.
        capture.is_sanitised = creator.get(
            "name"
        ) == "WebInspector" and not _CREDENTIAL_HEADER.search(data)
        pages = log.pages if isinstance(log.pages, list) else ()
        capture.pages = tuple(page for page in pages if isinstance(page, dict))
    return capture


def _list(data: bytes, path: str) -> HarCapture | None:
    try:
        entries = _LIST.decode(data)
    except _FAULTS:
        return None
    if entries and not any(b'"request"' in bytes(entry) for entry in entries[:100]):
        raise CaptureError(path, _ODD)
    return HarCapture(path, entries)


def _lines(data: bytes, path: str) -> HarCapture | None:
    """JSON lines: each an entry. Whether it is that is seen on the first line."""
    first, _, _ = data.lstrip().partition(b"\n")
    try:
        GLANCE.decode(first)
    except _FAULTS:
        try:
            lenient_entry(first)
        except UnreadableEntryError:
            return None
    lines = [memoryview(line) for line in data.split(b"\n") if line.strip()]
    return HarCapture(path, lines)


def _salvaged(data: bytes, path: str) -> HarCapture | None:
    """What a strict parser refuses as a whole, entry by entry."""
    split = split_entries(data)
    if split is None or (not split.entries and not split.is_complete):
        try:
            lenient_json(data)
        except UnreadableEntryError:
            raise CaptureError(path, "is not valid JSON, and no HAR entries are in it") from None
        return None
    capture = HarCapture(path, split.entries)
    if not split.is_complete:
        read = len(split.entries)
        capture.error = CaptureError(path, f"is cut off: it ends within entry {read}")
    return capture
