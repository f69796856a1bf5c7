"""`match` and `except` of a rule, compiled: conditions on places, and what they saw.

Every condition costs time linear in what it looks at, for any rule and any body: equality and
substring search, and regular expressions by RE2, which never backtracks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from why401.case import Case
from why401.knowledge.rule import Conditions, Scalar
from why401.places import Reader, place_names, reader

MODIFIERS = ("contains", "startswith", "endswith", "re", "exists")
MAX_TEXT = 64 << 10

_PUNCTUATION = str.maketrans(
    {"，": ",", "。": ".", "：": ":", "；": ";", "“": '"', "”": '"', "‘": "'", "’": "'", "、": ","}
)


class ConditionError(ValueError):
    """A line of `match` that means nothing; `key` is that line's key."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a match."""

    place: str
    read: Reader
    holds: Callable[[Any], bool]
    wanted: tuple[Scalar, ...]
    modifier: str | None

    def seen(self, case: Case) -> Any:
        """Return the first value for which the condition holds, or None. For `exists: false`
        that is True where nothing stands at the place."""
        values = self.read(case)
        if self.modifier == "exists":
            return (values[0] if values else True) if bool(values) is self.wanted[0] else None
        return next((value for value in values if self.holds(value)), None)


@dataclass(frozen=True, slots=True)
class Match:
    """Alternatives, each a list of conditions that must all hold."""

    alternatives: tuple[tuple[Condition, ...], ...]

    def seen(self, case: Case) -> tuple[tuple[str, Any], ...] | None:
        """Return (place, value) of every line of the first alternative that holds, else None."""
        for conditions in self.alternatives:
            found = []
            for condition in conditions:
                value = condition.seen(case)
                if value is None:
                    break
                found.append((condition.place, value))
            else:
                return tuple(found)
        return None


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
    place, _, modifier = key.partition("|")
    wanted = tuple(value) if isinstance(value, list) else (value,)
    try:
        read = reader(place)
    except ValueError:
        raise ConditionError(
            key, f'there is no place "{place}"; places: {", ".join(place_names())}'
        ) from None
    if modifier and modifier not in MODIFIERS:
        raise ConditionError(
            key, f'there is no modifier "{modifier}"; write one of {", ".join(MODIFIERS)}'
        )
    if not wanted:
        raise ConditionError(key, "the list is empty, so this never matches")
    return Condition(place, read, _test(key, modifier, wanted), wanted, modifier or None)


def _test(key: str, modifier: str, wanted: tuple[Scalar, ...]) -> Callable[[Any], bool]:
    match modifier:
        case "":
            return lambda value: any(
                value == item and isinstance(value, bool) == isinstance(item, bool)
                for item in wanted
            )
        case "exists":
            if len(wanted) != 1 or not isinstance(wanted[0], bool):
                raise ConditionError(key, "`exists` takes true or false")
            return lambda _: False
        case "re":
            return _any_expression(key, wanted)
    if not all(isinstance(item, str) and item for item in wanted):
        raise ConditionError(key, f"`{modifier}` takes text")
    needles = tuple(folded(str(item)) for item in wanted)
    if modifier == "contains":
        return lambda value: any(needle in text for text in (folded(value),) for needle in needles)
    if modifier == "startswith":
        return lambda value: folded(value).startswith(needles)
    return lambda value: folded(value).endswith(needles)


def _any_expression(key: str, wanted: tuple[Scalar, ...]) -> Callable[[Any], bool]:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    expressions = []
    for item in wanted:
        try:
            expressions.append(re2.compile(str(item), options))
        except re2.error as error:
            raise ConditionError(
                key, f"the expression {item!r} is not valid RE2: {error}"
            ) from None
    return lambda value: any(
        expression.search(text) is not None
        for text in (str(value)[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8"),)
        for expression in expressions
    )


def folded(value: object) -> str:
    """Return a message in the form in which messages are compared: NFKC, case folded, blanks
    collapsed, full-width punctuation as ASCII. Servers reword in just these ways."""
    text = str(value)[:MAX_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
    return " ".join(text.casefold().split())
