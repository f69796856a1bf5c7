"""`match` and `except` of a rule, compiled: conditions on places, and what they saw.

Every condition costs time linear in what it looks at, for any rule and any body: equality and
substring search, and regular expressions by RE2, which never backtracks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import re2

from why401.case import Case
from why401.case.places import Reader, place_names, reader
from why401.knowledge.folding import folded
from why401.knowledge.rule import Conditions, Scalar
from why401.later import later

if TYPE_CHECKING:
    import difflib
else:
    difflib = later("difflib")

_MAX_NAMED = 4096
"""Characters of a text that a rule may ask for whole; a body of a megabyte is not hashed."""
_REMEMBERED, SHORT = 8, 1024
"""Texts, and of which length, for which a search remembers what was found."""
MODIFIERS = ("contains", "startswith", "endswith", "re", "exists")
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
    """One line of a match. `seen` gives the first value at `place` for which it holds, or
    `_NOTHING`; what `exists: false` sees is None."""

    place: str
    seen: Callable[[Case], Any]


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
    return Condition(place, _seeing(key, place, read, modifier, wanted))


def _seeing(
    key: str, place: str, read: Reader, modifier: str, wanted: tuple[Scalar, ...]
) -> Callable[[Case], Any]:
    match modifier:
        case "":
            keys = {item_key: True for item in wanted if (item_key := value_key(item))}
            return _first_value(place, read, ByValue(keys).get)
        case "exists":
            if len(wanted) != 1 or not isinstance(wanted[0], bool):
                raise ConditionError(key, "`exists` takes true or false")
            return _presence(place, read, wanted=wanted[0])
        case "re":
            return _first_value(place, read, _any_expression(key, wanted))
    if not all(isinstance(item, str) and item.strip() for item in wanted):
        raise ConditionError(key, f"`{modifier}` takes text")
    needles = tuple(folded(str(item)) for item in wanted)
    if modifier == "contains":
        return _first_text(place, read, lambda text: any(needle in text for needle in needles))
    if modifier == "startswith":
        return _first_text(place, read, lambda text: text.startswith(needles))
    return _first_text(place, read, lambda text: text.endswith(needles))


def _first_value(place: str, read: Reader, holds: Callable[[Any], object]) -> Callable[[Case], Any]:
    def seen(case: Case) -> Any:
        for value in values_at(case, place, read):
            if holds(value):
                return value
        return _NOTHING

    return seen


def _first_text(place: str, read: Reader, holds: Callable[[str], bool]) -> Callable[[Case], Any]:
    def seen(case: Case) -> Any:
        for value, text in texts_at(case, place, read):
            if holds(text):
                return value
        return _NOTHING

    return seen


def _presence(place: str, read: Reader, *, wanted: bool) -> Callable[[Case], Any]:
    def seen(case: Case) -> Any:
        values = values_at(case, place, read)
        if bool(values) is not wanted:
            return _NOTHING
        return values[0] if values else None

    return seen


def _any_expression(key: str, wanted: tuple[Scalar, ...]) -> Callable[[Any], bool]:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    for item in wanted:
        try:
            whole = re2.compile(str(item), options)
        except re2.error as error:
            raise ConditionError(
                key, f"the expression {item!r} is not valid RE2: {error}"
            ) from None

    if len(wanted) > 1:
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
        return was_in(text) if len(text) <= SHORT else is_in(text)

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


class ByValue[T]:
    """What stands under a `value_key`, asked for with the value itself. Nearly all values are texts
    and whole numbers: of these no key is made."""

    def __init__(self, by_key: Mapping[str, T]) -> None:
        self._by_key = by_key
        self._texts = {key[1:]: found for key, found in by_key.items() if key[0] == '"'}
        self._numbers = {
            int(key): found for key, found in by_key.items() if key.removeprefix("-").isdecimal()
        }

    def get(self, value: Any) -> T | None:
        """Return what stands under `value`, None where nothing does."""
        # By their exact types: to a dict, 1 and True and 1.0 are the same.
        kind = type(value)
        if kind is str:
            return self._texts.get(value) if len(value) <= _MAX_NAMED else None
        if kind is int:
            return self._numbers.get(value)
        return self._by_key.get(value_key(value) or "")


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
