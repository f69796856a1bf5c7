"""HAR of any producer, read entry by entry: one odd entry never costs the others.

The file is read once in windows, and of each entry is noted when it began and whether its head
says that it needs no look. Whoever wants more of an entry reads it again from the file: so most
cost a few microseconds and thirty bytes, in a file of any size.
"""

from __future__ import annotations

import math
import re
import weakref
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

import msgspec
from msgspec import Raw, Struct

from why401.capture.entry import Capture, Entry, Skipped, UnreadableEntryError, Worked
from why401.capture.errors import CaptureError
from why401.capture.har_dates import unix_seconds
from why401.capture.har_exchange import exchange_of, worked_of
from why401.capture.har_head import HEAD, Heads, Kind, Look
from why401.capture.har_lenient import lenient_entry, lenient_json
from why401.capture.har_parts import FAULTS, TIMED, WHOLE, Timed, Whole
from why401.capture.har_place import MAX_BEFORE, Form, Place, find_entries
from why401.capture.har_windows import MAX_ENTRY, WINDOW, Window, Windows, lines
from why401.model import Exchange
from why401.report.annotation import Annotation
from why401.report.har_extras import Extras, extras_of

MAX_AFTER = 16 << 20
"""Bytes behind the last entry that are read for what the file says about itself."""
_ODD = "is no HAR: it has no log.entries"
_NO_JSON = "is not valid JSON, and no HAR entries are in it"
_CHANGED = "changed while it was read"
_CREDENTIAL_HEADER = re.compile(rb'"name": ?"(?i:authorization|cookie|set-cookie)"')
_LIST = msgspec.json.Decoder(list[Raw])


class _Log(Struct):
    comment: Any = None
    creator: Any = None
    pages: Any = None


class _Document(Struct):
    log: _Log | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)


class HarEntry(Entry):
    """One entry of a HAR."""

    __slots__ = ("_capture", "_data", "_whole")

    def __init__(self, capture: HarCapture, index: int, data: Raw | bytes) -> None:
        self._capture = capture
        self._data = data
        try:
            whole = WHOLE.decode(data)
        except FAULTS:
            whole = lenient_entry(data)
        self._whole: Whole = whole
        request, response = whole.request, whole.response
        status = response.status if response else 0
        started = unix_seconds(whole.started)
        super().__init__(index, request.method, request.url, max(status, 0), started)

    def exchange(self) -> Exchange:
        """Return the exchange; its id is `PATH#INDEX`. Raises UnreadableEntryError."""
        exchange = exchange_of(self._whole, f"{self._capture.path}#{self.index}")
        return replace(exchange, is_sanitised=True) if self._capture.is_sanitised else exchange

    @property
    def annotation(self) -> Annotation | None:
        """The comments and the diagnosis that the entry carries; None where it has neither."""
        whole = self._whole
        diagnosis = whole.diagnosis if isinstance(whole.diagnosis, dict) else None
        found = Annotation(
            comment=whole.comment or "",
            request_comment=whole.request.comment or "",
            response_comment=(whole.response.comment if whole.response else "") or "",
            diagnosis=diagnosis,
            page=whole.page or "",
        )
        return None if found == Annotation() else found

    def extras(self) -> Extras:
        """What another program wrote into the entry beyond HAR 1.2."""
        try:
            return extras_of(msgspec.json.decode(self._data))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return extras_of(lenient_json(self._data))


class HarCapture(Capture):
    """A HAR; `pages` are its `log.pages` as they stand."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        super().__init__(path)
        self.pages: tuple[dict[str, Any], ...] = ()
        self.is_sanitised = False
        """Whether its producer may have left out every Authorization and cookie."""
        self.has_credentials = False
        """Whether any such field was seen."""
        self._file = file
        self._close = weakref.finalize(self, file.close)
        # Of each window: its first entry, where it is, how long it is.
        self._firsts, self._offsets, self._lengths = array("Q"), array("Q"), array("Q")
        # Of each entry: when it began, what is to be done with it, and its request's mark.
        self._times, self._kinds, self._marks = array("d"), bytearray(), array("q")
        self._too_large: set[int] = set()
        self._held: tuple[int, Sequence[Raw | bytes]] = (-1, ())

    def __len__(self) -> int:
        return len(self._times)

    def take(self, window: Window, heads: Heads | None) -> None:
        """Note the entries of the next window."""
        self._firsts.append(len(self._times))
        self._offsets.append(window.offset)
        self._lengths.append(window.length)
        if window.data is None:
            self._too_large.add(len(self._times))
            self._note(None, Kind.LOOK, 0)
            return
        if not self.has_credentials:
            self.has_credentials = _CREDENTIAL_HEADER.search(window.data) is not None
        if window.heads is None:
            self._take_one(window.data, heads)
            return
        for head in window.heads:
            self._note(head.started, *(heads.kind(head) if heads else (Kind.LOOK, 0)))

    def _take_one(self, data: bytes, heads: Heads | None) -> None:
        try:
            head = HEAD.decode(data)
        except FAULTS:
            try:
                started = lenient_entry(data).started
            except UnreadableEntryError:
                started = ""
            self._note(started, Kind.LOOK, 0)
            return
        self._note(head.started, *(heads.kind(head) if heads else (Kind.LOOK, 0)))

    def _note(self, started: object, kind: Kind, mark: int) -> None:
        at_s = unix_seconds(started)
        self._times.append(math.nan if at_s is None else at_s)
        self._kinds.append(kind)
        self._marks.append(mark)

    def entry(self, index: int) -> Entry | Skipped:
        """Return entry `index`, or why it cannot be read."""
        if index in self._too_large:
            return Skipped(index, f"is larger than {MAX_ENTRY >> 20} MiB")
        try:
            return HarEntry(self, index, self._data(index))
        except UnreadableEntryError as error:
            return Skipped(index, str(error))

    def started_s(self, index: int) -> float | None:
        """Return when entry `index` began, Unix seconds."""
        started = self._times[index]
        return None if math.isnan(started) else started

    def mark(self, index: int) -> int | None:
        """Return the mark of an entry that needs no look unless its answer is awaited."""
        return None if self._kinds[index] == Kind.LOOK else self._marks[index]

    def worked(self, index: int) -> Worked | None:
        """Return what is to be remembered of an entry that has a mark. Raises
        UnreadableEntryError."""
        if self._kinds[index] != Kind.WORKED:
            return None
        data = self._data(index)
        timed: Timed | Whole
        try:
            timed = TIMED.decode(data)
        except FAULTS:
            timed = lenient_entry(data)
        return worked_of(timed, f"{self.path}#{index}")

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    def _data(self, index: int) -> Raw | bytes:
        """Return the JSON text of entry `index`. Raises UnreadableEntryError."""
        number = bisect_right(self._firsts, index) - 1
        if self._held[0] != number:
            self._held = (number, self._window(number))
        return self._held[1][index - self._firsts[number]]

    def _window(self, number: int) -> Sequence[Raw | bytes]:
        first, length = self._firsts[number], self._lengths[number]
        behind = self._firsts[number + 1] if number + 1 < len(self._firsts) else len(self)
        try:
            self._file.seek(self._offsets[number])
            data = self._file.read(length)
        except OSError as error:
            raise UnreadableEntryError(f"cannot be read: {error.strerror or error}") from None
        if behind - first == 1:
            return (data,)
        try:
            found = _LIST.decode(b"[%b]" % data)
        except FAULTS:
            raise UnreadableEntryError(_CHANGED) from None
        if len(found) != behind - first:
            raise UnreadableEntryError(_CHANGED)
        return found


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
        raise CaptureError(path, "is neither JSON nor a mitmproxy flow file")


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
        lenient_json(data)
    except UnreadableEntryError:
        return _ODD if len(data) == MAX_BEFORE else _NO_JSON
    return _ODD


def _describe(capture: HarCapture, place: Place, file: BinaryIO, end: int | None) -> None:
    """Take over what the document says about itself, before its entries and behind them."""
    after = b""
    if end is not None:
        file.seek(end + 1)
        after = file.read(MAX_AFTER)
    log = _log(place.before + b"]" + after) or _log(place.before + b"]" + place.after)
    if log is None:
        return
    capture.comment = log.comment if isinstance(log.comment, str) else ""
    creator = log.creator if isinstance(log.creator, dict) else {}
    capture.is_annotated = creator.get("name") == "why401"
    # Chrome exports without these headers unless it is told otherwise, and does not say so.
    capture.is_sanitised = creator.get("name") == "WebInspector" and not capture.has_credentials
    pages = log.pages if isinstance(log.pages, list) else ()
    capture.pages = tuple(page for page in pages if isinstance(page, dict))


def _log(document: bytes) -> _Log | None:
    try:
        return _DOCUMENT.decode(document).log
    except FAULTS:
        return None
