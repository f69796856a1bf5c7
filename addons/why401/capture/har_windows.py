"""The entries of a HAR in windows of the file, each read once and then forgotten.

A window is cut where another entry seems to begin, and a strict parser says whether that was
right: cut anywhere else, what stands before the cut is no list. So large files are read at the
speed of the parser in the memory of a window. Where the parser refuses, the entries are found by
their brackets (`elements`), each then standing or falling by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO

import msgspec

from why401.capture.elements import Elements
from why401.capture.har_head import Head, heads_of
from why401.capture.har_parts import FAULTS
from why401.later import regex

WINDOW = 128 << 10
MAX_GUESSED = 1 << 20
"""Bytes in which another entry must begin; beyond these it is looked for by its brackets."""
MAX_ENTRY = 12 << 20
"""Bytes of the largest entry that is read: with its copies on the way, all stays below 100 MB."""
MAX_KEYS = 6
MAX_BETWEEN = 200
"""Bytes from the comma before an entry to the name by which it begins."""
MAX_MISSES = 8
"""Wrong cuts in a row after which none is tried any more."""

_FIRST_KEY = regex(rb'\s*+\{\s*+("(?:[^"\\]|\\.){1,64}+")')
_BETWEEN = regex(rb"[\s,]*+")


class Window(msgspec.Struct, frozen=True):
    """Entries that stand one behind the other. Without `heads` it is one alone, which may be
    anything; without `data` it is larger than what is read."""

    offset: int
    length: int
    data: bytes | None
    heads: list[Head] | None = None


class Windows:
    """The list of entries that begins at `begin` of `file`, just behind its opening bracket.

    When all windows were given, `end` is where the list's closing bracket stands, or None where
    the file ends before it. `watch` is told of every byte that was read.
    """

    def __init__(self, file: BinaryIO, begin: int, watch: Callable[[int], None]) -> None:
        self.end: int | None = None
        self._file = file
        self._offset = begin
        self._watch = watch
        self._keys: list[bytes] = []
        self._misses = 0

    def __iter__(self) -> Iterator[Window]:
        self._file.seek(self._offset)
        buffer, size = b"", WINDOW
        while self.end is None:
            piece = self._read(size)
            buffer = self._after_comma(buffer + piece)
            if not self._keys:
                self._learn_key(buffer)
            cut = self._cut(buffer)
            if cut and (window := self._parsed(buffer[:cut])):
                yield window
                self._offset += cut
                buffer, size = buffer[cut:], WINDOW
            elif not cut and piece and len(buffer) < MAX_GUESSED and self._misses < MAX_MISSES:
                size = max(WINDOW, len(buffer))
            else:
                buffer = yield from self._by_brackets(buffer)
                if not piece and not buffer:
                    return

    def _read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._watch(len(piece))
        return piece

    def _after_comma(self, buffer: bytes) -> bytes:
        between = _BETWEEN.match(buffer)
        skipped = between.end() if between else 0
        self._offset += skipped
        return buffer[skipped:]

    def _cut(self, buffer: bytes) -> int:
        """Return where the comma before the last entry in `buffer` seems to stand, 0 if nowhere."""
        best = 0
        for key in self._keys if self._misses < MAX_MISSES else ():
            at = len(buffer)
            for _ in range(MAX_KEYS):
                at = buffer.rfind(key, best, at)
                if at < 0:
                    break
                begin = max(0, at - MAX_BETWEEN)
                before = buffer[begin:at].rstrip()
                rest = before[:-1].rstrip()
                if before.endswith(b"{") and rest.endswith(b","):
                    best = begin + len(rest) - 1
                    break
        return best

    def _parsed(self, data: bytes) -> Window | None:
        """Return the entries of `data`; None where it is cut amidst one, or one is no entry."""
        try:
            heads = heads_of(data)
        except FAULTS:
            self._misses += 1
            return None
        self._misses = 0
        return Window(self._offset, len(data), data, heads)

    def _learn_key(self, entry: bytes) -> None:
        """Remember by which name an entry begins; of a producer's there are few."""
        first = _FIRST_KEY.match(entry, 0, 2 * MAX_BETWEEN)
        if first and first[1] not in self._keys and len(self._keys) < MAX_KEYS:
            self._keys.append(first[1])

    def _by_brackets(self, buffer: bytes) -> Generator[Window, None, bytes]:
        """Give the entries in `buffer`, at least one unless the file ends; return the rest."""
        elements = Elements()
        base = self._offset
        held, held_at = bytearray(buffer), 0
        piece = buffer
        while True:
            last = held_at
            for begin, last in elements.feed(piece):
                is_held = begin >= held_at
                data = _cut_out(held, begin - held_at, last - held_at) if is_held else None
                if data is not None:
                    self._learn_key(data)
                yield Window(base + begin, last - begin, data)
            if elements.end is not None:
                self.end = base + elements.end
                return b""
            if last > held_at:
                self._offset = base + last
                return _cut_out(held, last - held_at, len(held))
            fed = held_at + len(held)
            piece = self._read(max(WINDOW, min(len(held), MAX_GUESSED)))
            if not piece:
                for begin, last in elements.finish():
                    data = _cut_out(held, begin - held_at, last - held_at)
                    yield Window(base + begin, last - begin, data)
                return b""
            if len(held) > MAX_ENTRY:
                held, held_at = bytearray(piece), fed
            else:
                held += piece


def _cut_out(data: bytearray, begin: int, end: int) -> bytes:
    with memoryview(data) as view:
        return bytes(view[begin:end])


def lines(file: BinaryIO, begin: int, watch: Callable[[int], None]) -> Iterator[Window]:
    """Give every line from `begin` on that is not blank, as an entry of its own."""
    file.seek(begin)
    offset = begin
    while line := file.readline(MAX_ENTRY):
        length = len(line)
        is_whole = line.endswith(b"\n") or length < MAX_ENTRY
        while not is_whole and (more := file.readline(MAX_ENTRY)):
            length += len(more)
            is_whole = more.endswith(b"\n")
        if line.strip():
            yield Window(offset, length, line if length == len(line) else None)
        offset += length
        watch(length)
