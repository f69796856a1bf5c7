"""Where the elements of a JSON list begin and end, found without parsing them, piece by piece.

For what a parser refuses: a damaged list, or an element too large to be held. Only strings and
brackets are told apart, so any bytes have an answer, and the work is linear.
"""

from __future__ import annotations

import re

from why401.later import regex

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TO_BRACKET = regex(rb'(?:[^"{}\[\]]++|' + _STRING + rb")*+", re.DOTALL)
_REST_OF_STRING = regex(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
# Between commas: words with anything else beside them are what is left of a damaged object.
_SCALAR = regex(rb"(?:\A|,)\s*+(" + _STRING + rb'|[^\s,:"{}\[\]]++)\s*+(?=,|\Z)', re.DOTALL)
_OPENING = b"{["
_QUOTE = ord('"')
MAX_HELD = 4096
"""Bytes between two elements that are looked at together."""

type Span = tuple[int, int]


class Elements:
    """Told the text behind a list's opening bracket, gives the span of each element.

    Positions count from there. `begin` is where the element begins that is not at its end yet;
    `end` is where the list's closing bracket stands, None as long as it was not seen.
    """

    def __init__(self) -> None:
        self.begin: int | None = None
        self.end: int | None = None
        self._depth = 0
        self._in_string = False
        self._held = b""
        self._at = 0

    def feed(self, piece: bytes) -> list[Span]:
        """Return the elements that end in `piece`."""
        data = self._held + piece
        base = self._at
        spans: list[Span] = []
        position = 0
        while self.end is None and position < len(data):
            if self._in_string:
                position = _REST_OF_STRING.match(data, position).end()  # type: ignore[union-attr]
                if data[position : position + 1] != b'"':
                    break  # the string goes on, or a lone backslash is left over
                position += 1
                self._in_string = False
                if self._depth == 0 and self.begin is not None:
                    spans.append((self.begin, base + position))
                    self.begin = None
            run_end = _TO_BRACKET.match(data, position).end()  # type: ignore[union-attr]
            if self._depth == 0:
                is_open = run_end == len(data) or data[run_end] == _QUOTE
                if is_open and len(data) - position <= MAX_HELD:
                    break  # it may go on in the next piece
                spans += _scalars(data[position:run_end], base + position)
            position = run_end
            if position == len(data):
                break
            spans += self._bracket(data[position], base + position)
            position += self.end is None
        self._held = data[position:] if self.end is None else b""
        self._at = base + position
        return spans

    def finish(self) -> list[Span]:
        """Return what stands at the end of a list that was never closed."""
        if self._depth or self._in_string or self.end is not None:
            return []
        return _scalars(self._held, self._at)

    def _bracket(self, character: int, at: int) -> list[Span]:
        """Take one bracket, or the quote of a string that is not closed in this piece."""
        if character == _QUOTE:
            if self._depth == 0 and self.begin is None:
                self.begin = at
            self._in_string = True
        elif character in _OPENING:
            if self._depth == 0:
                self.begin = at
            self._depth += 1
        elif self._depth == 0:
            self.end = at
        else:
            self._depth -= 1
            if self._depth == 0 and self.begin is not None:
                span = (self.begin, at + 1)
                self.begin = None
                return [span]
        return []


def _scalars(text: bytes, at: int) -> list[Span]:
    """Return the numbers, words and strings in `text`, which stands between two elements."""
    return [(at + found.start(1), at + found.end(1)) for found in _SCALAR.finditer(text)]
