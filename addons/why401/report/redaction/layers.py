"""Text without its escapes, of URLs, JSON and HTML, however often they were put on; and where in
the text as it stands a part of that came from."""

from __future__ import annotations

import re
from bisect import bisect_right

from why401.later import regex

_MAX_LAYERS = 4
# Every branch begins with a letter of its own: so the engine leaps from one to the next.
_ESCAPE = regex(
    rb"%([0-9a-fA-F]{2})"
    rb"|\\\\*+u([dD][89abAB][0-9a-fA-F]{2})\\\\*+u([dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\\\*+u([0-9a-fA-F]{4})"
    rb"|\\\\*+[bfnrt]?"
    rb"|&#([0-9]{1,7});?|&#[xX]([0-9a-fA-F]{1,6});?"
    rb"|&(amp|lt|gt|quot|apos);"
)
_NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_AMBIGUOUS = regex(rb"[\b\f\n\r\t]|\+")
"""What a backslash and a letter, or a plus sign, could stand for as well."""


def bare(data: bytes) -> bytes:
    """Return `data` without escapes. Control characters go too and a plus sign becomes a blank, so
    that nobody need know which of several escapes was meant."""
    for _ in range(_MAX_LAYERS):
        before, data = data, _ESCAPE.sub(_unescaped, data)
        if data == before:
            break
    return data.replace(b"+", b" ").translate(None, b"\b\f\n\r\t")


def _unescaped(found: re.Match[bytes]) -> bytes:
    match found.lastindex:
        case 1:
            return bytes((int(found[1], 16),))
        case 3:
            pair = bytes.fromhex((found[2] + found[3]).decode())
            return pair.decode("utf-16-be").encode()
        case 4:
            return chr(int(found[4], 16)).encode("utf-8", "surrogatepass")
        case 5:
            return _char(int(found[5]))
        case 6:
            return _char(int(found[6], 16))
        case 7:
            return _NAMED[found[7]]
        case _:
            return b""


def _char(code: int) -> bytes:
    return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else b""


def _unambiguous(found: re.Match[bytes]) -> bytes:
    return b" " if found[0] == b"+" else b""


class Bare:
    """What `bare` gives of a text, and the way back."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._layers: list[_Layer] = []
        for _ in range(_MAX_LAYERS):
            if not self._peel(_Layer(self.data, _ESCAPE)):
                break
        self._peel(_Layer(self.data, _AMBIGUOUS))

    def _peel(self, layer: _Layer) -> bool:
        is_other = layer.data != self.data
        if is_other:
            self._layers.append(layer)
            self.data = layer.data
        return is_other

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Return where in the text as it stands `data[begin:end]` came from."""
        for layer in reversed(self._layers):
            begin, end = layer.span(begin, end)
        return begin, end


class _Layer:
    """A text with one layer of escapes undone."""

    def __init__(self, before: bytes, escapes: re.Pattern[bytes]) -> None:
        rewrite = _unescaped if escapes is _ESCAPE else _unambiguous
        parts: list[bytes] = []
        self._after: list[int] = [0]
        self._before: list[tuple[int, bool]] = [(0, True)]
        end = length = 0
        for found in escapes.finditer(before):
            new = rewrite(found)
            length += found.start() - end
            parts += (before[end : found.start()], new)
            if new:
                self._mark(length, found.start(), is_plain=False)
            length += len(new)
            end = found.end()
            self._mark(length, end, is_plain=True)
        self._size = len(before)
        self.data = b"".join((*parts, before[end:]))

    def _mark(self, after: int, before: int, *, is_plain: bool) -> None:
        self._after.append(after)
        self._before.append((before, is_plain))

    def span(self, begin: int, end: int) -> tuple[int, int]:
        first = bisect_right(self._after, begin) - 1
        start, is_plain = self._before[first]
        if is_plain:
            start += begin - self._after[first]
        last = bisect_right(self._after, end - 1) - 1
        stop, is_plain = self._before[last]
        if is_plain:
            return start, stop + end - self._after[last]
        behind = self._before[last + 1][0] if last + 1 < len(self._before) else self._size
        return start, behind
