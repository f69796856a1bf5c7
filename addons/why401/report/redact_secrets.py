"""The secrets of one export: each known once, found again in any encoding, in linear time."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import unquote_to_bytes

from why401.masking import PLACEHOLDER, Masker
from why401.report.redact_encodings import MAX_CHARS, MIN_CHARS, encodings
from why401.report.redact_glance import linear

MAX_SECRETS = 200_000
_PREFIX = MIN_CHARS
_SOUGHT = 10
"""Bytes of each encoding that are looked for in one pass; what follows is compared."""
_MAX_LAYERS = 4
_PLACEHOLDER = re.compile(PLACEHOLDER.pattern.encode())
_CODE_POINT = re.compile(rb"\\+u([0-9a-fA-F]{4})")
_BACKSLASHES = re.compile(rb"\\+[bfnrt]?")
_ESCAPES = rb"%(?:25)*[2-7][0-9a-fA-F]|\\+(?:u00[2-7]|[^bfnrtu])"
"""Of ASCII. Others matter only where there are secrets to which they can belong."""
_OTHER_ESCAPES = (
    (re.compile(rb"[\x00-\x1f\\]"), rb"|%(?:25)*[01]|\\+[bfnrtu]"),
    (re.compile(rb"[\x80-\xff]"), rb"|%(?:25)*[89a-fA-F]|\\+u"),
    (re.compile(rb"[ +]"), rb"|\+"),
)
_PLAIN = re.compile(rb"[A-Za-z0-9_.~-]*+")


class Secrets:
    """What was learnt to be secret, and the texts that stand for it.

    The kind under which a value was first learnt stays; a value that is another one encoded has
    that one's placeholder.
    """

    def __init__(self, masker: Masker) -> None:
        self.counts: Counter[str] = Counter()
        self.overflowed = False
        self._masker = masker
        self._kinds: dict[str, str] = {}
        self._is_current = True
        self._found: dict[bytes, str] = {}
        self._lengths: dict[bytes, tuple[int, ...]] = {}
        self._digits: frozenset[str] = frozenset()
        self._sought: Any = None
        self._escapes: Any = None
        self._sought_loosely: Any = None

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

    def placeholder(self, kind: str, value: str) -> str:
        """Return what stands for `value`, and count it."""
        self.index()
        known = self._found.get(_bytes(value))
        if known is not None:
            return self._counted(known)
        kind = self._kinds.get(value, kind)
        self.counts[kind] += 1
        return self._masker.placeholder(kind, value)

    def may_stand_in(self, text: bytes) -> bool:
        """Whether a secret may stand in `text`, be it behind several layers of escapes. Finds too
        much rather than too little: then `replaced` looks closer."""
        self.index()
        if self._sought is None:
            return False
        if self._sought.search(text) is not None:
            return True
        if self._sought_loosely is None or self._escapes.search(text) is None:
            return False
        return self._sought_loosely.search(_loosened(text)) is not None

    def replaced(self, text: str) -> str:
        """Return `text` with every known secret replaced; placeholders in it stay."""
        self.index()
        if len(text) < MIN_CHARS or self._sought is None:
            return text
        data = _bytes(text)
        kept = _Placeholders(data)
        parts: list[bytes] = []
        end = at = 0
        while (match := self._sought.search(data, at)) is not None:
            begin = match.start()
            behind = kept.end_of_one_at(begin)
            if behind:
                at = behind
                continue
            secret = self._longest(data, begin)
            if secret is None:
                at = begin + 1
                continue
            parts += (data[end:begin], self._counted(self._found[secret]).encode())
            end = at = begin + len(secret)
        if not parts:
            return text
        parts.append(data[end:])
        return b"".join(parts).decode("utf-8", "surrogatepass")

    def number(self, digits: str) -> str | None:
        """Return the placeholder of a number that is a known secret as a whole, else None."""
        self.index()
        return self._counted(self._found[digits.encode()]) if digits in self._digits else None

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
        # Encoding makes longer: so the shortest of several that are one value is the plain one.
        for value in sorted(self._kinds, key=lambda each: (len(each), each)):
            if len(value) < MIN_CHARS:
                continue
            placeholder = found.get(value)
            if placeholder is None:
                placeholder = self._masker.placeholder(self._kinds[value], value)
            for text in encodings(value):
                found.setdefault(text, placeholder)
        self._digits = frozenset(text for text in found if text.isdecimal() and text.isascii())
        self._found = {_bytes(text): placeholder for text, placeholder in found.items()}
        lengths: dict[bytes, set[int]] = {}
        for data in self._found:
            lengths.setdefault(data[:_PREFIX], set()).add(len(data))
        self._lengths = {
            prefix: tuple(sorted(group, reverse=True)) for prefix, group in lengths.items()
        }
        self._sought = _any_of({data[:_SOUGHT] for data in self._found})
        odd = [data for data in self._found if not _PLAIN.fullmatch(data)]
        loosely = {_loosened(data) for data in odd}
        self._sought_loosely = _any_of({data[:_SOUGHT] for data in loosely if len(data) >= _PREFIX})
        self._escapes = linear(
            _ESCAPES
            + b"".join(escapes for chars, escapes in _OTHER_ESCAPES if any(map(chars.search, odd)))
        )

    def _counted(self, found: str) -> str:
        self.counts[found.split(":", 2)[1]] += 1
        return found

    def _longest(self, data: bytes, begin: int) -> bytes | None:
        for length in self._lengths.get(data[begin : begin + _PREFIX], ()):
            candidate = data[begin : begin + length]
            if candidate in self._found:
                return candidate
        return None


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


def _any_of(beginnings: set[bytes]) -> Any:
    """Return what finds any of `beginnings`; None where there are none."""
    return linear(b"|".join(map(re.escape, sorted(beginnings)))) if beginnings else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _loosened(data: bytes) -> bytes:
    """Return `data` without its escapes, of JSON and of URLs, however often they were put on; what
    a backslash or a plus sign could stand for either is the same in all that is compared."""
    for _ in range(_MAX_LAYERS):
        before = data
        if b"%" in data:
            data = unquote_to_bytes(data)
        if b"\\" in data:
            data = _BACKSLASHES.sub(b"", _CODE_POINT.sub(_unescaped, data))
        if data == before:
            break
    return data.replace(b"+", b" ").translate(None, b"\b\f\n\r\t")


def _unescaped(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1], 16)).encode("utf-8", "surrogatepass")


__all__ = ["MAX_CHARS", "MAX_SECRETS", "Secrets"]
