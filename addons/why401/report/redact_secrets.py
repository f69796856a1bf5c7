"""The secrets of one export: each known once, found again in any encoding, in linear time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from why401.masking import PLACEHOLDER, Masker
from why401.report.redact_encodings import MAX_CHARS, MIN_CHARS, encodings

MAX_SECRETS = 200_000
_PREFIX = MIN_CHARS


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
        self._found: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._lengths: dict[str, tuple[int, ...]] = {}
        self._digits: frozenset[str] = frozenset()

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
        self._pattern = None

    def placeholder(self, kind: str, value: str) -> str:
        """Return what stands for `value`, and count it."""
        self._index()
        known = self._found.get(value)
        if known is not None:
            self.counts[known.split(":", 2)[1]] += 1
            return known
        kind = self._kinds.get(value, kind)
        self.counts[kind] += 1
        return self._masker.placeholder(kind, value)

    def replaced(self, text: str) -> str:
        """Return `text` with every known secret replaced; placeholders in it stay."""
        pattern = self._index()
        if len(text) < MIN_CHARS or pattern is None:
            return text
        parts: list[str] = []
        end = 0
        at = 0
        while (match := pattern.search(text, at)) is not None:
            begin = match.start()
            prefix = match["prefix"]
            if prefix is None:
                at = match.end()
                continue
            secret = self._longest(text, begin, prefix)
            if secret is None:
                at = begin + 1
                continue
            parts += (text[end:begin], self._counted(secret))
            end = at = begin + len(secret)
        if not parts:
            return text
        parts.append(text[end:])
        return "".join(parts)

    def number(self, digits: str) -> str | None:
        """Return the placeholder of a number that is a known secret as a whole, else None."""
        self._index()
        return self._counted(digits) if digits in self._digits else None

    def has_numbers(self) -> bool:
        """Whether any secret is a number."""
        self._index()
        return bool(self._digits)

    def _counted(self, secret: str) -> str:
        found = self._found[secret]
        self.counts[found.split(":", 2)[1]] += 1
        return found

    def _longest(self, text: str, begin: int, prefix: str) -> str | None:
        for length in self._lengths[prefix]:
            candidate = text[begin : begin + length]
            if candidate in self._found:
                return candidate
        return None

    def _index(self) -> re.Pattern[str] | None:
        """Bring the table of encodings up to date with what was learnt."""
        if self._pattern is not None or not self._kinds:
            return self._pattern
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
        self._found = found
        self._digits = frozenset(text for text in found if text.isdecimal() and text.isascii())
        lengths: dict[str, set[int]] = {}
        for text in found:
            lengths.setdefault(text[:_PREFIX], set()).add(len(text))
        self._lengths = {
            prefix: tuple(sorted(group, reverse=True)) for prefix, group in lengths.items()
        }
        self._pattern = re.compile(f"{PLACEHOLDER.pattern}|(?P<prefix>{_trie(self._lengths)})")
        return self._pattern


def _trie(prefixes: Iterable[str]) -> str:
    """Return a pattern for any of `prefixes`, all of one length, sharing their beginnings."""
    groups: dict[str, list[str]] = {}
    for prefix in sorted(prefixes):
        groups.setdefault(prefix[:2], []).append(prefix[2:])
    if not groups:
        return "(?!)"
    return "|".join(
        f"{re.escape(head)}(?:{'|'.join(map(re.escape, tails))})" for head, tails in groups.items()
    )


__all__ = ["MAX_CHARS", "MAX_SECRETS", "Secrets"]
