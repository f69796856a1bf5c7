"""The secrets of one export: each known once, found again in any encoding, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from why401.later import regex
from why401.masking import PLACEHOLDER, Masker
from why401.report.redaction.encodings import MAX_CHARS, MIN_CHARS, encodings
from why401.report.redaction.glance import IN_MESSAGE, linear, message_may_hold_secret
from why401.report.redaction.layers import Bare, bare

MAX_SECRETS = 200_000
MAX_ALIKE = 8
MAX_WHOLE = 1 << 20
MAX_WORK = 64 << 20
"""Very long secrets that begin alike and are found to their ends, characters up to which each is,
and characters of such that are encoded for it in all. What goes beyond nobody sends in earnest."""
_PREFIX = MIN_CHARS
_SOUGHT = 10
"""Bytes of each encoding that are looked for in one pass; what follows is compared."""
_PLACEHOLDER = regex(PLACEHOLDER.pattern.encode())
_ESCAPES = rb"%(?:25)*[2-7][0-9a-fA-F]|\\+(?:u00[2-7]|[^bfnrtu])|&(?:#|amp;|lt;|gt;|quot;|apos;)"
"""Of ASCII. Others matter only where there are secrets to which they can belong."""
_OTHER_ESCAPES = (
    (regex(r"[\x00-\x1f\\]"), rb"|%(?:25)*[01]|\\+[bfnrtu]"),
    (regex(r"[^\x00-\x7f]"), rb"|%(?:25)*[89a-fA-F]|\\+u"),
    (regex(" "), rb"|\+"),
)


class Secrets:
    """What was learnt to be secret, and the texts that stand for it.

    The kind under which a value was first learnt stays; a value that is another one encoded has
    that one's placeholder.
    """

    def __init__(self, masker: Masker) -> None:
        self.overflowed = False
        self._masker = masker
        self._kinds: dict[str, str] = {}
        self._is_current = True
        self._digits: frozenset[str] = frozenset()
        self._found = _Table({}, {})
        self._found_bare = _BareTable({}, {})
        self._escapes: Any = None
        self._any: Any = linear(IN_MESSAGE)

    def __len__(self) -> int:
        return len(self._kinds)

    def learn(self, kind: str, value: str) -> None:
        """Remember `value`, unless a placeholder stands in it or there are too many already."""
        if not value or value in self._kinds or PLACEHOLDER.search(value):
            return
        if len(self._kinds) >= MAX_SECRETS:
            self.overflowed = True
            return
        self._kinds[value] = kind
        self._is_current = False
        if "%" in value:
            # Cookies are percent-encoded at will: elsewhere the value stands as it is meant.
            self.learn(kind, unquote(value))

    def placeholder(self, kind: str, value: str) -> str:
        """Return what stands for `value`."""
        self.index()
        known = self._found.placeholders.get(_bytes(value))
        if known is not None:
            return known
        return self._masker.placeholder(self._kinds.get(value, kind), value)

    def message_may_concern(self, message: bytes) -> bool:
        """Whether a message (see `message_may_hold_secret`) may hold any secret, a known one or
        not. Next to none does: so all is looked for in one pass first."""
        self.index()
        return self._any.search(message) is not None and (
            message_may_hold_secret(message) or self.may_stand_in(message)
        )

    def may_stand_in(self, text: bytes) -> bool:
        """Whether a secret may stand in `text`, be it behind several layers of escapes. Finds too
        much rather than too little: then `replaced` looks closer."""
        self.index()
        return self._found.may_stand_in(text) or self._may_stand_escaped_in(text)

    def _may_stand_escaped_in(self, text: bytes) -> bool:
        return (
            self._escapes is not None
            and self._escapes.search(text) is not None
            and self._found_bare.may_stand_in(bare(text))
        )

    def replaced(self, text: str) -> str:
        """Return `text` with every known secret replaced; placeholders in it stay."""
        self.index()
        if len(text) < MIN_CHARS or not self._found.placeholders:
            return text
        data = before = _bytes(text)
        if self._found.may_stand_in(data):
            data = self._rewritten(data, self._found.spans(data))
        if self._may_stand_escaped_in(data):
            below = Bare(data)
            spans = (
                (*below.span(begin, end), found)
                for begin, end, found in self._found_bare.spans(below.data)
            )
            data = self._rewritten(data, spans)
        return text if data is before else data.decode("utf-8", "surrogatepass")

    def _rewritten(self, data: bytes, spans: Iterable[tuple[int, int, str]]) -> bytes:
        parts: list[bytes] = []
        end = 0
        for begin, stop, found in spans:
            parts += (data[end:begin], found.encode())
            end = stop
        return b"".join((*parts, data[end:])) if parts else data

    def number(self, digits: str) -> str | None:
        """Return the placeholder of a number that is a known secret as a whole, else None."""
        self.index()
        return self._found.placeholders[digits.encode()] if digits in self._digits else None

    def has_numbers(self) -> bool:
        """Whether any secret is a number."""
        self.index()
        return bool(self._digits)

    def index(self) -> None:
        """Bring the table of encodings up to date with what was learnt: done at the first need,
        and worth a thought before where many were learnt."""
        if self._is_current:
            return
        self._is_current = True
        found: dict[str, str] = {}
        longer: dict[str, list[_Long]] = {}
        # Encoding makes longer: so the shortest of several that are one value is the plain one.
        for value in sorted(self._kinds, key=lambda each: (len(each), each)):
            if len(value) < MIN_CHARS:
                continue
            placeholder = found.get(value)
            if placeholder is None:
                placeholder = self._masker.placeholder(self._kinds[value], value)
            beginnings = encodings(value[:MAX_CHARS])
            for text in beginnings:
                found.setdefault(text, placeholder)
                if len(value) > MAX_CHARS:
                    longer.setdefault(text, []).append((value, placeholder))
        self._digits = frozenset(text for text in found if text.isdecimal() and text.isascii())
        exact = {_bytes(text): placeholder for text, placeholder in found.items()}
        wholes = {_bytes(text): values for text, values in longer.items()}
        stripped: dict[bytes, str] = {}
        for data, placeholder in exact.items():
            below = bare(data)
            # Blanks alone, of plus signs, are no secret.
            if len(below.replace(b" ", b"")) >= _PREFIX:
                stripped.setdefault(below, placeholder)
        bare_wholes = {bare(data): values for data, values in wholes.items()}
        self._found, self._found_bare = _Table(exact, wholes), _BareTable(stripped, bare_wholes)
        others = (
            escapes for chars, escapes in _OTHER_ESCAPES if any(map(chars.search, self._kinds))
        )
        escapes = _ESCAPES + b"".join(others)
        self._escapes = linear(escapes)
        self._any = linear(b"|".join((IN_MESSAGE, escapes, *self._found.beginnings)))


type _Long = tuple[str, str]
"""A very long value and its placeholder."""


class _Table:
    """Texts that stand for secrets, each with the placeholder that takes its place. `longer` gives
    for those that are only the beginning of very long values these values."""

    def __init__(self, placeholders: dict[bytes, str], longer: dict[bytes, list[_Long]]) -> None:
        self.placeholders = placeholders
        self._longer = longer
        self._work = 0
        self._last: tuple[list[_Long], tuple[tuple[bytes, str], ...]] = ([], ())
        lengths: dict[bytes, set[int]] = {}
        for data in placeholders:
            if len(data) >= _PREFIX:
                lengths.setdefault(data[:_PREFIX], set()).add(len(data))
        self._lengths = {
            prefix: tuple(sorted(group, reverse=True)) for prefix, group in lengths.items()
        }
        beginnings = {data[:_SOUGHT] for data in placeholders if len(data) >= _PREFIX}
        self.beginnings = tuple(map(re.escape, sorted(beginnings)))
        self._sought = linear(b"|".join(self.beginnings)) if beginnings else None

    def may_stand_in(self, text: bytes) -> bool:
        """Whether the beginning of any stands in `text`."""
        return self._sought is not None and self._sought.search(text) is not None

    def spans(self, data: bytes) -> Iterator[tuple[int, int, str]]:
        """Yield where each begins and ends, the longest at each place, and its placeholder; none
        that begins within a placeholder."""
        if self._sought is None:
            return
        kept = _Placeholders(data)
        at = 0
        while (match := self._sought.search(data, at)) is not None:
            begin = match.start()
            at = kept.end_of_one_at(begin)
            if not at:
                length, placeholder = self._longest(data, begin)
                if length:
                    yield begin, begin + length, placeholder
                at = begin + max(length, 1)

    def _longest(self, data: bytes, begin: int) -> tuple[int, str]:
        """Return the length of the longest that stands at `begin`, and its placeholder."""
        for length in self._lengths.get(data[begin : begin + _PREFIX], ()):
            text = data[begin : begin + length]
            placeholder = self.placeholders.get(text)
            if placeholder is not None:
                wholes = self._wholes(self._longer.get(text))
                fitting = (each for each in wholes if data.startswith(each[0], begin))
                return max(
                    ((len(each), found) for each, found in fitting), default=(length, placeholder)
                )
        return 0, ""

    def _wholes(self, values: list[_Long] | None) -> tuple[tuple[bytes, str], ...]:
        """Return every form of very long values that begin alike; those of the last ones are kept,
        for a text often repeats what it says."""
        if values is None or self._work > MAX_WORK:
            return ()
        known = self._last
        if known[0] is not values:
            alike = values[:MAX_ALIKE]
            self._work += sum(min(len(value), MAX_WHOLE) for value, _ in alike)
            known = self._last = (
                values,
                tuple(
                    (self._form(text), placeholder)
                    for value, placeholder in alike
                    for text in encodings(value[:MAX_WHOLE])
                ),
            )
        return known[1]

    def _form(self, text: str) -> bytes:
        """Return a text as it stands in what is searched."""
        return _bytes(text)


class _BareTable(_Table):
    """The same without any escapes."""

    def _form(self, text: str) -> bytes:
        return bare(_bytes(text))


class _Placeholders:
    """Where placeholders stand in a text, asked from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._found = _PLACEHOLDER.finditer(data)
        self._next = next(self._found, None)

    def end_of_one_at(self, at: int) -> int:
        """Return where the placeholder ends that `at` lies in; 0 where it lies in none."""
        while self._next is not None and self._next.end() <= at:
            self._next = next(self._found, None)
        return self._next.end() if self._next is not None and self._next.start() <= at else 0


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
