"""Finds the mistake that made a signature, by making it again.

What a scheme signs is put together from parts (for WeChat Pay v3: method, URL, timestamp, nonce,
body, and the frame that joins them). A `Mistake` offers what a client that makes it would have
had in the place of one part. A candidate with one wrong part that fits the signature is a proof of
how it was made: nobody hits 128 bits by chance.

The order: the right parts; then, in `singles`, what is common, at once; then, in `deeper`, all the
rest of single mistakes, so that all equivalent explanations are named; only where none fits, those
with very many variants, and two mistakes at once. So where something fitted, nothing is left out
of its equivalents but what takes two mistakes, or a variant of a wide one. The budget counts
candidates, not time, so that the same input always gives the same answer; a candidate over a long
text counts as several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol

import msgspec

from why401.masking import Unshown

MAX_SINGLES = 2_000
MIN_SINGLES = 300
"""Of a text however long."""
MAX_CANDIDATES = 20_000
MAX_VARIANTS = 1_500
LONG_CHARS = 4 << 10
"""Hashing this much costs as much as all else that a candidate costs."""

type Parts = tuple[Any, ...]
"""What is signed, in pieces: one value for each part of the scheme."""
type Fits = Callable[[Parts], bool]
"""Whether these parts give the signature that was sent."""


class Told(NamedTuple):
    """A variant that commits other mistakes than its `Mistake` says; the telling one first."""

    rules: tuple[str, ...]
    value: Any


class Claim(Protocol):
    """What a sender says it signed, with what."""

    @property
    def parts(self) -> Parts:
        """The right parts."""


class Mistake(msgspec.Struct, frozen=True):
    """What clients do wrong with one part.

    `variants(claim, value)` yields what would stand in place of `value`, most common first; equal
    to `value` means that the mistake makes no difference here. `also` are rules that the same
    variant breaks. `at_once`: how many of the variants belong to the first look, 0 where all are
    rare or dear; none of the others is made before it is asked for. `is_wide`: not in the first
    look, and too many variants to be paired. `combines`: makes sense on top of another mistake in
    the same part.
    """

    rule: str
    part: int
    variants: Callable[[Any, Any], Iterable[Any]]
    also: tuple[str, ...] = ()
    at_once: int = MAX_VARIANTS
    is_wide: bool = False
    combines: bool = False


class Match(Unshown, frozen=True):
    """Parts that give exactly the signature sent, and the mistakes that made them. Some schemes
    have the key among their parts."""

    rules: tuple[str, ...]
    parts: Parts


class Search(msgspec.Struct):
    """What was found: `matches` are equivalent explanations, the most common first."""

    matches: list[Match] = msgspec.field(default_factory=list)
    tried: int = 0
    is_exhausted: bool = True
    """False where the budget ended the search."""


class Scheme(msgspec.Struct, frozen=True):
    """One way of signing; `message(parts)` are the bytes that the parts give."""

    name: str
    message: Callable[[Parts], bytes]
    mistakes: tuple[Mistake, ...]

    def rules(self) -> tuple[str, ...]:
        """Return every rule that a mistake of this scheme names."""
        return tuple(
            dict.fromkeys(rule for each in self.mistakes for rule in (each.rule, *each.also))
        )


def singles(
    mistakes: Sequence[Mistake],
    claim: Any,
    right: Parts,
    fits: Fits,
    *,
    late: bool = False,
    most: int = MAX_SINGLES,
) -> Search:
    """Return all single mistakes that explain the signature, as far as the first look goes;
    with `late` all but the wide ones. Ends after the mistake with which `most` were tried."""
    matches: list[Match] = []
    tried = 0
    around = [(right[:part], value, right[part + 1 :]) for part, value in enumerate(right)]
    for mistake in mistakes:
        limit = MAX_VARIANTS if late else mistake.at_once
        if mistake.is_wide or not limit:
            continue
        head, value, tail = around[mistake.part]
        for variant in islice(mistake.variants(claim, value), limit):
            is_told = type(variant) is Told
            wrong = variant.value if is_told else variant
            if wrong == value:
                continue
            tried += 1
            parts = (*head, wrong, *tail)
            if fits(parts):
                rules = variant.rules if is_told else (mistake.rule, *mistake.also)
                matches.append(Match(rules, parts))
        if tried >= most:
            return Search(matches, tried, is_exhausted=False)
    return Search(matches, tried)


def deeper(
    mistakes: Sequence[Mistake],
    claim: Any,
    right: Parts,
    fits: Fits,
    first: Search,
    budget: int = MAX_CANDIDATES,
) -> Search:
    """Return what `first`, the outcome of `singles`, becomes when the search goes on.

    All single mistakes but the wide ones are looked at, so that no equivalent explanation is
    missing. Where there is none, the first one among wide mistakes and two mistakes at once is
    the answer.
    """
    weight = _weight(right)
    most = max(MAX_SINGLES // weight, MIN_SINGLES)
    every = singles(mistakes, claim, right, fits, late=True, most=most)
    told = {match.rules for match in first.matches}
    later = [match for match in every.matches if match.rules not in told]
    if first.matches or later:
        return Search([*first.matches, *later], every.tried, every.is_exhausted)
    found = pairs(mistakes, claim, right, fits, budget // weight)
    found.tried += every.tried
    return found


def _weight(right: Parts) -> int:
    texts = (part for part in right if isinstance(part, str | bytes | tuple))
    size = sum(sum(map(len, text)) if isinstance(text, tuple) else len(text) for text in texts)
    return 1 + size // LONG_CHARS


def pairs(
    mistakes: Sequence[Mistake],
    claim: Any,
    right: Parts,
    fits: Fits,
    budget: int = MAX_CANDIDATES,
) -> Search:
    """Return the first explanation among wide mistakes, then among two at once."""
    tried = 0
    for rules, parts in islice(_candidates(mistakes, claim, right), budget):
        tried += 1
        if fits(parts):
            return Search([Match(rules, parts)], tried)
    return Search([], tried, is_exhausted=tried < budget)


def _candidates(
    mistakes: Sequence[Mistake], claim: Any, right: Parts
) -> Iterator[tuple[tuple[str, ...], Parts]]:
    for mistake in mistakes:
        if mistake.is_wide:
            for rules, variant in _variants(mistake, claim, right[mistake.part]):
                yield rules, _with(right, mistake.part, variant)
    by_part: dict[int, list[tuple[tuple[str, ...], Any]]] = {}
    for mistake in mistakes:
        if not mistake.is_wide:
            by_part.setdefault(mistake.part, []).extend(
                _variants(mistake, claim, right[mistake.part])
            )
    # Few variants first: a wrong frame or key goes with any text, so those pairs are the likely.
    order = sorted(by_part, key=lambda part: len(by_part[part]))
    for index, one in enumerate(order):
        for other in order[index + 1 :]:
            for other_rules, other_value in by_part[other]:
                base = _with(right, other, other_value)
                head, tail = base[:one], base[one + 1 :]
                for rules, value in by_part[one]:
                    yield (*other_rules, *rules), (*head, value, *tail)
    for outer in mistakes:
        if not outer.combines:
            continue
        for inner in mistakes:
            if inner.part != outer.part or inner.is_wide or inner.rule == outer.rule:
                continue
            for rules, value in _variants(inner, claim, right[inner.part]):
                for outer_rules, both in _variants(outer, claim, value):
                    yield (*rules, *outer_rules), _with(right, outer.part, both)


def _with(parts: Parts, index: int, value: Any) -> Parts:
    return (*parts[:index], value, *parts[index + 1 :])


def _variants(mistake: Mistake, claim: Any, value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    named = (mistake.rule, *mistake.also)
    for variant in islice(mistake.variants(claim, value), MAX_VARIANTS):
        if type(variant) is Told:
            if variant.value != value:
                yield variant.rules, variant.value
        elif variant != value:
            yield named, variant
