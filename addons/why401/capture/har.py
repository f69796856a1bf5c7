"""HAR of any producer, read entry by entry: one odd entry never costs the others.

The place of the entries is found first; then the file is read once, in windows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from why401.capture.entry import UnreadableEntryError
from why401.capture.errors import CaptureError
from why401.capture.foreign import foreign_document, foreign_file
from why401.capture.har_capture import HarCapture
from why401.capture.har_head import Heads, Look
from why401.capture.har_lenient import lenient_entry, lenient_json
from why401.capture.har_parts import FAULTS
from why401.capture.har_place import MAX_BEFORE, Form, Place, find_entries
from why401.capture.har_windows import MAX_ENTRY, WINDOW, Windows, lines

MAX_AFTER = 16 << 20
"""Bytes behind the last entry that are read for what the file says about itself."""
_ODD = "is no HAR: it has no log.entries"
_NO_JSON = "is not valid JSON, and no HAR entries are in it"


class _Log(Struct):
    creator: Any = None
    pages: Any = None


class _Document(Struct):
    log: _Log | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)


def read_har(
    file: BinaryIO,
    path: str,
    offset: int = 0,
    look: Look | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> HarCapture:
    """Return the capture in a HAR, in a list of entries or in one entry a line, as UTF-8 from
    `offset` on. `path` names it to the user; see `read.read_capture` for the rest.

    Raises CaptureError where there are no entries to be found.
    """
    _check_begin(file, path, offset)
    place = find_entries(file, offset)
    if place is None or not _may_be_entries(file, place):
        raise CaptureError(path, _why_not(file, offset))
    size = file.seek(0, 2)

    def advance(count: int) -> None:
        if watch:
            watch(count, size)

    capture = HarCapture(path, file)
    heads = Heads(look) if look else None
    if place.form is Form.LINES:
        for window in lines(file, place.begin, advance):
            capture.take(window, heads)
        return capture
    windows = Windows(file, place.begin, advance)
    for window in windows:
        capture.take(window, heads)
    if windows.end is None:
        if not len(capture):
            raise CaptureError(path, _NO_JSON)
        capture.error = CaptureError(path, f"is cut off: it ends within entry {len(capture)}")
    if place.form is Form.DOCUMENT:
        _describe(capture, place, file, windows.end)
    return capture


def _check_begin(file: BinaryIO, path: str, offset: int) -> None:
    file.seek(offset)
    first = b""
    while not first and (piece := file.read(WINDOW)):
        first = piece.lstrip()[:1]
    if not first:
        raise CaptureError(path, "is empty")
    if first not in b"{[":
        file.seek(0)
        known = foreign_file(file.read(WINDOW))
        raise CaptureError(path, known or "is neither JSON nor a mitmproxy flow file")


def _may_be_entries(file: BinaryIO, place: Place) -> bool:
    """Return whether a list, or lines, without a HAR around them are entries."""
    if place.form is Form.DOCUMENT:
        return True
    file.seek(place.begin)
    if place.form is Form.LIST:
        beginning = file.read(MAX_BEFORE // 16)
        return beginning.lstrip()[:1] == b"]" or b'"request"' in beginning
    try:
        lenient_entry(file.readline(MAX_ENTRY))
    except UnreadableEntryError:
        return False
    return True


def _why_not(file: BinaryIO, offset: int) -> str:
    """Return why there are no entries; the whole file is looked at where it is not too long."""
    file.seek(offset)
    data = file.read(MAX_BEFORE)
    try:
        return foreign_document(lenient_json(data)) or _ODD
    except UnreadableEntryError:
        return _ODD if len(data) == MAX_BEFORE else _NO_JSON


def _describe(capture: HarCapture, place: Place, file: BinaryIO, end: int | None) -> None:
    """Take over what the document says about itself, before its entries and behind them."""
    after = b""
    if end is not None:
        file.seek(end + 1)
        after = file.read(MAX_AFTER)
    log = _log(place.before + b"]" + after) or _log(place.before + b"]" + place.after)
    if log is None:
        return
    creator = log.creator if isinstance(log.creator, dict) else {}
    capture.is_annotated = creator.get("name") == "why401"
    # Both leave out the name of the server in HTTP/2, where it is no field.
    capture.is_from_proxy = creator.get("name") in ("why401", "mitmproxy")
    # Chrome exports without these headers unless it is told otherwise, and does not say so.
    capture.is_sanitised = creator.get("name") == "WebInspector" and not capture.has_credentials
    pages = log.pages if isinstance(log.pages, list) else ()
    capture.pages = tuple(page for page in pages if isinstance(page, dict))


def _log(document: bytes) -> _Log | None:
    try:
        return _DOCUMENT.decode(document).log
    except FAULTS:
        return None
