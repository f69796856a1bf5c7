"""A HAR as a capture: of each entry is noted when it began and whether its head says that it needs
no look. Whoever wants more of one reads it again from the file: so most cost a few microseconds and
thirty bytes, in a file of any size.
"""

from __future__ import annotations

import math
import weakref
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, BinaryIO

import msgspec
from msgspec import Raw

from why401.capture.entry import Capture, Entry, Skipped, UnreadableEntryError, Worked
from why401.capture.har_dates import unix_seconds
from why401.capture.har_exchange import exchange_of, worked_of
from why401.capture.har_head import Heads, Kind, head_of
from why401.capture.har_lenient import lenient_entry, lenient_json
from why401.capture.har_parts import FAULTS, TIMED, TIMEDS, WHOLE, Field, Timed, Whole
from why401.capture.har_windows import MAX_ENTRY, Window
from why401.later import regex
from why401.model import Exchange
from why401.report.annotation import Annotation
from why401.report.har_extras import Extras, extras_of

_CHANGED = "changed while it was read"
_CREDENTIAL_HEADER = regex(rb'"name": ?"(?i:authorization|cookie|set-cookie)"')
_LIST = msgspec.json.Decoder(list[Raw])


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
        whole, capture = self._whole, self._capture
        exchange = exchange_of(whole, f"{capture.path}#{self.index}")
        is_sanitised = (
            capture.is_sanitised
            or whole.sanitised is True
            or (not capture.is_from_proxy and not _names_host(whole.request.headers))
        )
        return msgspec.structs.replace(exchange, is_sanitised=True) if is_sanitised else exchange

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


def _names_host(headers: list[Field]) -> bool:
    """Whether the server's name is among the fields. It was sent with every request: without it,
    the producer noted what a program set, not what its client added, cookies among that."""
    return any(field.name.lower() in ("host", ":authority") or field.raw for field in headers)


class HarCapture(Capture):
    """A HAR; `pages` are its `log.pages` as they stand."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        super().__init__(path)
        self.pages: tuple[dict[str, Any], ...] = ()
        self.is_sanitised = False
        """Whether its producer may have left out every Authorization and cookie."""
        self.is_from_proxy = False
        """Whether its producer saw the requests as they were on the wire, and tells so."""
        self.has_credentials = False
        """Whether any such field was seen."""
        self._file = file
        self._close = weakref.finalize(self, file.close)
        # Of each window: its first entry, where it is, how long it is.
        self._firsts, self._offsets, self._lengths = array("Q"), array("Q"), array("Q")
        # Of each entry: when it began, what is to be done with it, and its request's mark.
        self._times, self._kinds, self._marks = array("d"), bytearray(), array("q")
        self._too_large: set[int] = set()
        # The window that was asked for last, as texts and as far as successes are remembered.
        self._held: tuple[int, Sequence[Raw | bytes]] = (-1, ())
        self._timed: tuple[int, list[Timed] | None] = (-1, None)

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
            head = head_of(data)
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
        number = self._number(index)
        if self._timed[0] != number:
            self._timed = (number, self._all_timed(number))
        timed = self._timed[1]
        found = timed[index - self._firsts[number]] if timed else self._one_timed(index)
        return worked_of(found, f"{self.path}#{index}")

    def _all_timed(self, number: int) -> list[Timed] | None:
        """Return the entries of a window; None where one of them is odd. They are mostly asked for
        one after the other, and parsed together they cost half."""
        try:
            found = TIMEDS.decode(b"[%b]" % self._text(number))
        except FAULTS:
            return None
        return found if len(found) == self._behind(number) - self._firsts[number] else None

    def _one_timed(self, index: int) -> Timed | Whole:
        data = self._data(index)
        try:
            return TIMED.decode(data)
        except FAULTS:
            return lenient_entry(data)

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    def _data(self, index: int) -> Raw | bytes:
        """Return the JSON text of entry `index`. Raises UnreadableEntryError."""
        number = self._number(index)
        if self._held[0] != number:
            self._held = (number, self._window(number))
        return self._held[1][index - self._firsts[number]]

    def _number(self, index: int) -> int:
        """Return the number of the window that holds entry `index`."""
        return bisect_right(self._firsts, index) - 1

    def _behind(self, number: int) -> int:
        """Return the index of the first entry behind a window."""
        return self._firsts[number + 1] if number + 1 < len(self._firsts) else len(self)

    def _text(self, number: int) -> bytes:
        try:
            self._file.seek(self._offsets[number])
            return self._file.read(self._lengths[number])
        except OSError as error:
            raise UnreadableEntryError(f"cannot be read: {error.strerror or error}") from None

    def _window(self, number: int) -> Sequence[Raw | bytes]:
        data = self._text(number)
        count = self._behind(number) - self._firsts[number]
        if count == 1:
            return (data,)
        try:
            found = _LIST.decode(b"[%b]" % data)
        except FAULTS:
            raise UnreadableEntryError(_CHANGED) from None
        if len(found) != count:
            raise UnreadableEntryError(_CHANGED)
        return found
