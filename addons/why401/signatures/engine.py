"""Finds the mistake that made a signature, by making it again.

What a scheme signs is put together from parts (for WeChat Pay v3: method, URL, timestamp, nonce,
body, and the frame that joins them). A `Mistake` offers what a client that makes it would have
had in the place of one part. A candidate with one wrong part that fits the signature is a proof of
how it was made: nobody hits 128 bits by chance.

The order: the right parts; then every common mistake, all of them, so that all equivalent
explanations are named; then, in `pairs`, mistakes that are rare or too many for the first look,
and two mistakes at once, until the budget is used up. The budget counts candidates, not time, so
that the same input always gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

MAX_SINGLES = 2_000
MAX_CANDIDATES = 20_000
MAX_VARIANTS = 1_500

type Parts = tuple[Any, ...]
"""What is signed, in pieces: one value for each part of the scheme."""
type Fits = Callable[[Parts], bool]
"""Whether these parts give the signature that was sent."""


@dataclass(frozen=True, slots=True)
class Told:
    """A variant that commits other mistakes than its `Mistake` says; the telling one first."""

    rules: tuple[str, ...]
    value: Any


@dataclass(frozen=True, slots=True)
class Mistake:
    """What clients do wrong with one part.

    `variants(claim, value)` yields what would stand in place of `value`, most common first; equal
    to `value` means that the mistake makes no difference here. `also` are rules that the same
    variant breaks. `is_late`: rare or dear, so not in the first look. `is_wide`: besides, too many
    variants to be paired. `combines`: makes sense on top of another mistake in the same part.
    """

    rule: str
    part: int
    variants: Callable[[Any, Any], Iterable[Any]]
    also: tuple[str, ...] = ()
    is_late: bool = False
    is_wide: bool = False
    combines: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Parts that give exactly the signature sent, and the mistakes that made them."""

    rules: tuple[str, ...]
    parts: Parts


@dataclass(slots=True)
class Search:
    """What was found: `matches` are equivalent explanations, the most common first."""

    matches: list[Match] = field(default_factory=list)
    tried: int = 0
    is_exhausted: bool = True
    """False where the budget ended the search."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way of signing.

    `message(parts)` are the bytes that the parts give; `parts(claim)` are the right ones;
    `claim(case)` yields what the sender says it signed, with what.
    """

    name: str
    claim: Callable[..., Any]
    parts: Callable[[Any], Parts]
    message: Callable[[Parts], bytes]
    mistakes: tuple[Mistake, ...]

    def rules(self) -> tuple[str, ...]:
        """Return every rule that a mistake of this scheme names."""
        return tuple(
            dict.fromkeys(rule for each in self.mistakes for rule in (each.rule, *each.also))
        )


def singles(
    mistakes: Sequence[Mistake], claim: Any, right: Parts, fits: Fits, *, late: bool = False
) -> Search:
    """Return all single mistakes that explain the signature; wide ones are left out, and late
    ones unless they are asked for."""
    found = Search()
    tried = 0
    for mistake in mistakes:
        if mistake.is_wide or (mistake.is_late and not late):
            continue
        part = mistake.part
        head, tail, value = right[:part], right[part + 1 :], right[part]
        for variant in islice(mistake.variants(claim, value), MAX_VARIANTS):
            told = type(variant) is Told
            part_value = variant.value if told else variant
            if part_value == value:
                continue
            tried += 1
            parts = (*head, part_value, *tail)
            if fits(parts):
                rules = variant.rules if told else (mistake.rule, *mistake.also)
                found.matches.append(Match(rules, parts))
        if tried >= MAX_SINGLES:
            found.is_exhausted = False
            break
    found.tried = tried
    return found


def pairs(
    mistakes: Sequence[Mistake],
    claim: Any,
    right: Parts,
    fits: Fits,
    budget: int = MAX_CANDIDATES,
) -> Search:
    """Return the first explanation among late and wide mistakes, then among two at once."""
    found = Search()
    for rules, parts in _candidates(mistakes, claim, right):
        if found.tried >= budget:
            found.is_exhausted = False
            break
        found.tried += 1
        if fits(parts):
            found.matches.append(Match(rules, parts))
            break
    return found


def _candidates(
    mistakes: Sequence[Mistake], claim: Any, right: Parts
) -> Iterator[tuple[tuple[str, ...], Parts]]:
    for mistake in sorted(mistakes, key=lambda mistake: mistake.is_wide):
        if mistake.is_late or mistake.is_wide:
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
                for rules, value in by_part[one]:
                    yield (*other_rules, *rules), _with(base, one, value)
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
