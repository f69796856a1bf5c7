"""How much of a text that the knowledge base knows stands in a message, counted in characters.

Messages are compared as rules compare them, see `knowledge.folding`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from why401.knowledge.fingerprints import Row
from why401.knowledge.folding import folded
from why401.knowledge.rule import Conditions
from why401.later import regex

MIN_NEEDLE = 3
"""Characters that a known text must have to be looked for inside a message."""

type Likeness = tuple[int, int]
"""Characters that a known text and a message share, and minus those that the text has besides:
a text which says all that was asked comes before one that says a part of it."""

NOTHING: Likeness = (0, 0)
_INSIDE_WORD = regex(r"[a-z0-9_]{2}")
_TEXT_PLACES = (
    "error.message",
    "response.said",
    "response.text",
    "response.json.",
    "response.xml.",
)


def literals_of(row: Row) -> Iterator[str]:
    """Yield the texts that a fingerprint looks for in what a server says."""
    for literals in (row.says, row.exactly, *row.json.values()):
        for literal in literals if isinstance(literals, list) else [literals]:
            if isinstance(literal, str):
                yield literal


def numbers_of(row: Row) -> frozenset[str]:
    """Return the numbers that a fingerprint looks for in a JSON body, as text."""
    values = (item for value in row.json.values() for item in _listed(value))
    return frozenset(str(item) for item in values if isinstance(item, int))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def texts_of_conditions(conditions: Conditions) -> Iterator[str]:
    """Yield the texts that `conditions` look for in what a server says."""
    for key in conditions:
        place, _, modifier = key.partition("|")
        if place.startswith(_TEXT_PLACES) and modifier in (
            "",
            "contains",
            "startswith",
            "endswith",
        ):
            yield from (value for value in values_of(conditions, key) if isinstance(value, str))


def length_in(literal: str, message: str) -> int:
    """Return the length of `literal` where all its fixed parts stand in `message`, else 0."""
    parts = [folded(part) for part in re.split(r"\{[^{}]{0,40}\}", literal)]
    length = sum(map(len, parts))
    if length < MIN_NEEDLE or not all(part in message for part in parts):
        return 0
    return length


def likeness(literal: str, message: str) -> Likeness:
    """Return how alike a known text and `message` are; NOTHING where neither holds the other."""
    length = length_in(literal, message)
    if length or len(message) < MIN_NEEDLE:
        return length, 0
    text = folded(literal)
    at = text.find(message)
    while at >= 0 and not _is_whole(text, at, at + len(message)):
        at = text.find(message, at + 1)
    return (len(message), len(message) - len(text)) if at >= 0 else NOTHING


def _is_whole(text: str, begin: int, end: int) -> bool:
    """Return whether no word of ASCII is cut at either end."""
    before, after = text[max(begin - 1, 0) : begin + 1], text[end - 1 : end + 1]
    return not any(_INSIDE_WORD.fullmatch(pair) for pair in (before, after))


def length_of_errmsg(errmsg: str, message: str, *, has_rule: bool) -> int:
    """Return how much of the `errmsg` of a code stands in `message`.

    Behind its commas servers put in what they saw (`invalid ip 203.0.113.9, not in whitelist`).
    The part before the first comma will do where the code has a rule of its own and the message
    begins with it; a message that is all of the text comes before those that hold it.
    """
    if folded(errmsg) == message and message:
        return len(message) + 1
    whole = length_in(errmsg.replace(", ", "{}"), message)
    head = folded(errmsg.partition(",")[0])
    if whole or not has_rule or len(head) < MIN_NEEDLE or not message.startswith(f"{head} "):
        return whole
    return len(head)


def alternatives(match: Conditions | list[Conditions] | None) -> Iterable[Conditions]:
    """Return the conditions of which any may hold."""
    return match if isinstance(match, list) else [match] if match else []


def values_of(conditions: Conditions, key: str) -> list[Any]:
    """Return the values of which `key` wants any."""
    if key not in conditions:
        return []
    value = conditions[key]
    return value if isinstance(value, list) else [value]
