"""`match` and `except` of a rule, compiled: conditions on places, and what they saw.

Every condition costs time linear in what it looks at, for any rule and any body: equality and
substring search, and regular expressions by RE2, which never backtracks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import re2

from why401.case import Case
from why401.case.places import Reader, place_names, reader
from why401.knowledge.folding import folded as folded
from why401.knowledge.rule import Conditions, Scalar
from why401.later import later

if TYPE_CHECKING:
    import difflib
else:
    difflib = later("difflib")

_MAX_NAMED = 4096
"""Characters of a text that a rule may ask for whole; a body of a megabyte is not hashed."""
_REMEMBERED, _SHORT = 8, 1024
"""Texts, and of which length, for which an expression remembers whether it was found."""
MODIFIERS = ("contains", "startswith", "endswith", "re", "exists")
_OF_TEXT = ("contains", "startswith", "endswith")
MAX_LOOKED = 16 << 10
"""Characters at one place that are searched: an error page says it near the top."""
MAX_VALUES = 200
"""Values at one place that are looked at; a header sent a thousand times is an attack."""

type Seen = tuple[tuple[str, Any], ...]
"""(place, value) of every line of a match; None as the value where nothing stands there."""

_NOTHING = object()


class ConditionError(ValueError):
    """A line of `match` that means nothing; `key` is that line's key."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class Condition(msgspec.Struct, frozen=True):
    """One line of a match."""

    place: str
    read: Reader
    holds: Callable[[Any], bool]
    wanted: tuple[Scalar, ...]
    modifier: str | None

    def seen(self, case: Case) -> Any:
        """Return the first value for which the condition holds, or `_NOTHING`. What `exists:
        false` sees is None."""
        holds = self.holds
        if self.modifier in _OF_TEXT:
            for value, text in texts_at(case, self.place, self.read):
                if holds(text):
                    return value
            return _NOTHING
        values = values_at(case, self.place, self.read)
        if self.modifier == "exists":
            if bool(values) is not self.wanted[0]:
                return _NOTHING
            return values[0] if values else None
        for value in values:
            if holds(value):
                return value
        return _NOTHING


class Match(msgspec.Struct, frozen=True):
    """Alternatives, each a list of conditions that must all hold."""

    alternatives: tuple[tuple[Condition, ...], ...]

    def seen(self, case: Case) -> Seen | None:
        """Return (place, value) of every line of the first alternative that holds, else None."""
        for conditions in self.alternatives:
            found = []
            for condition in conditions:
                value = condition.seen(case)
                if value is _NOTHING:
                    break
                found.append((condition.place, value))
            else:
                return tuple(found)
        return None


def values_at(case: Case, place: str, read: Reader) -> tuple[Any, ...]:
    """Return what stands at `place` in `case`, read once for all rules."""
    values: tuple[Any, ...] | None = case.memo.get(place)
    if values is None:
        values = case.memo[place] = read(case)[:MAX_VALUES]
    return values


def texts_at(case: Case, place: str, read: Reader) -> tuple[tuple[Any, str], ...]:
    """Return (value, folded text) of everything at `place` that is text or a number."""
    key = f"{place}|folded"
    texts: tuple[tuple[Any, str], ...] | None = case.memo.get(key)
    if texts is None:
        budget, found = MAX_LOOKED, []
        for value in values_at(case, place, read):
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                text = folded(str(value)[:budget])
                budget -= len(text)
                found.append((value, text))
        texts = case.memo[key] = tuple(found)
    return texts


def compile_match(source: Conditions | Sequence[Conditions]) -> Match:
    """Return the compiled form of a `match`; raises ConditionError naming the line at fault."""
    alternatives = [source] if isinstance(source, dict) else source
    return Match(
        tuple(
            tuple(_condition(key, value) for key, value in conditions.items())
            for conditions in alternatives
        )
    )


def _condition(key: str, value: Scalar | list[Scalar]) -> Condition:
    place, bar, modifier = key.partition("|")
    wanted = tuple(value) if isinstance(value, list) else (value,)
    try:
        read = reader(place)
    except ValueError:
        raise ConditionError(key, f'there is no place "{place}"{_nearest(place)}') from None
    if bar and modifier not in MODIFIERS:
        raise ConditionError(
            key, f'there is no modifier "{modifier}"; write one of {", ".join(MODIFIERS)}'
        )
    if not wanted:
        raise ConditionError(key, "the list is empty, so this never matches")
    return Condition(place, read, _test(key, modifier, wanted), wanted, modifier or None)


def _test(key: str, modifier: str, wanted: tuple[Scalar, ...]) -> Callable[[Any], bool]:
    match modifier:
        case "":
            keys = frozenset(value_key(item) for item in wanted) - {None}
            return lambda value: value_key(value) in keys
        case "exists":
            if len(wanted) != 1 or not isinstance(wanted[0], bool):
                raise ConditionError(key, "`exists` takes true or false")
            return lambda _: False
        case "re":
            return _any_expression(key, wanted)
    if not all(isinstance(item, str) and item.strip() for item in wanted):
        raise ConditionError(key, f"`{modifier}` takes text")
    needles = tuple(folded(str(item)) for item in wanted)
    if modifier == "contains":
        return lambda text: any(needle in text for needle in needles)
    if modifier == "startswith":
        return lambda text: text.startswith(needles)
    return lambda text: text.endswith(needles)


def _any_expression(key: str, wanted: tuple[Scalar, ...]) -> Callable[[Any], bool]:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    for item in wanted:
        try:
            re2.compile(str(item), options)
        except re2.error as error:
            raise ConditionError(
                key, f"the expression {item!r} is not valid RE2: {error}"
            ) from None

    # One search for all of them: flags like (?i) end with their group.
    options.max_mem = len(wanted) << 20
    try:
        whole = re2.compile("|".join(f"(?:{item})" for item in wanted), options)
    except re2.error as error:
        raise ConditionError(key, f"the expressions together are no RE2: {error}") from None

    def is_in(text: str) -> bool:
        # RE2 takes no lone surrogates.
        return whole.search(text.encode("utf-8", "replace").decode("utf-8")) is not None

    # Servers refuse in the same words over and over.
    was_in = functools.lru_cache(_REMEMBERED)(is_in)

    def holds(value: Any) -> bool:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return False
        text = str(value)[:MAX_LOOKED]
        return was_in(text) if len(text) <= _SHORT else is_in(text)

    return holds


def value_key(value: Any) -> str | None:
    """Return a text that two values share only where they are equal, type included: `1` is
    neither `"1"` nor `true`, but it is `1.0`. None for what no rule can name."""
    match value:
        case str():
            return f'"{value}' if len(value) <= _MAX_NAMED else None
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value}" if abs(value) < 1 << 62 else None
        case float():
            whole = value.is_integer() and abs(value) < 1 << 53
            return f"{int(value)}" if whole else f"{value!r}"
        case None:
            return "null"
    return None


def _nearest(place: str) -> str:
    """Return a hint at the place that was meant: the nearest, or the list of all."""
    known = place_names()
    parts = place.split(".", 2)
    # `response.header.` takes a name: compare what stands before it.
    stem = place if len(parts) < 3 else f"{parts[0]}.{parts[1]}."
    nearest = difflib.get_close_matches(stem, known, 1, 0.6)
    if not nearest:
        return f"; places: {', '.join(known)}"
    name = parts[2] if nearest[0].endswith(".") and len(parts) == 3 else ""
    return f'; did you mean "{nearest[0]}{name}"?'
