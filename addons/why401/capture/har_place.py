"""Where in a file its HAR entries are, found without reading further than to the first."""

from __future__ import annotations

import enum
import re
from typing import BinaryIO

import msgspec

from why401.later import regex

MAX_BEFORE = 16 << 20
"""Bytes that may stand before the first entry: pages, what the producer says about itself."""
_STEP = 64 << 10

# One string or one bracket; possessive, so it is linear. A lone quote: a string without its end.
_TOKEN = regex(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}"]', re.DOTALL)
_COLON = regex(rb"\s*+:\s*+")
_ENTRIES, _LOG, _REQUEST = b'"entries"', b'"log"', b'"request"'
_BRACKETS = {b"{": b"}", b"[": b"]"}


class Form(enum.Enum):
    """How the entries of a file are put together."""

    DOCUMENT = enum.auto()
    """A list within an object: a HAR."""
    LIST = enum.auto()
    LINES = enum.auto()
    """One entry a line."""


class Place(msgspec.Struct, frozen=True):
    """`begin` is the offset behind the opening bracket, or of the first line. `before` is the text
    of a document up to the list, `after` what would end it there."""

    form: Form
    begin: int
    before: bytes = b""
    after: bytes = b""


def find_entries(file: BinaryIO, offset: int) -> Place | None:
    """Return where the entries of the JSON that begins at `offset` are; None where there are
    none to be seen.

    `log.entries` and `entries` are what is looked for; failing these, a list of this name
    anywhere at that depth.
    """
    file.seek(offset)
    data = b""
    while True:
        piece = file.read(max(_STEP, len(data)))
        data += piece
        place, is_settled = _walk(data, offset)
        if is_settled or not piece or len(data) >= MAX_BEFORE:
            return place


def _walk(data: bytes, offset: int) -> tuple[Place | None, bool]:
    """Return where the entries are as far as `data` tells, and whether more would change it."""
    other: Place | None = None
    open_brackets: list[bytes] = []
    names: list[bytes] = []
    key = (0, 0)
    for token in _TOKEN.finditer(data):
        start, end = token.span()
        if end - start > 1:
            key = start, end
            continue
        bracket = token[0]
        if bracket == b'"':
            return other, False
        if bracket in b"]}":
            if len(open_brackets) <= 1:
                return other, True
            open_brackets.pop()
            names.pop()
            continue
        name = _name(data, key, start)
        depth = len(open_brackets)
        if bracket == b"[" and depth == 0:
            return Place(Form.LIST, offset + end), True
        if bracket == b"{" and depth == 1 and name == _REQUEST:
            return Place(Form.LINES, offset), True
        if bracket == b"[" and name == _ENTRIES and depth <= 2:
            after = b"".join(_BRACKETS[each] for each in reversed(open_brackets))
            found = Place(Form.DOCUMENT, offset + end, data[:end], after)
            if depth == 1 or names[-1] == _LOG:
                return found, True
            other = other or found
        open_brackets.append(bracket)
        names.append(name)
    return other, False


def _name(data: bytes, key: tuple[int, int], at: int) -> bytes:
    """Return the name of the value that begins at `at`, where `key` is the string before it."""
    colon = _COLON.match(data, key[1]) if key[1] else None
    return data[key[0] : key[1]] if colon and colon.end() == at else b""
