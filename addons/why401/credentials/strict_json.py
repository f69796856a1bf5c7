"""JSON objects out of tokens, with limits: depth, length of numbers, no NaN, repeats noticed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

MAX_BYTES = 16 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 20
MAX_FLOAT = 1e15

# The closing quote is optional so that an open string is eaten at once: no second look, linear.
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def parse_object(data: bytes) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """Return the JSON object in `data` and the ids of what was wrong; None where it is none.

    Problems: `too-large`, `malformed` (with `too-deep` or `bad-number` where that is why) and
    `duplicate-key`, of which the last one counts as in Python's own parser.
    """
    if len(data) > MAX_BYTES:
        return None, ("too-large",)
    if _depth(data) > MAX_DEPTH:
        return None, ("malformed", "too-deep")
    repeats: set[str] = set()

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            repeats.add("duplicate-key")
        return members

    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=unique,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except _BadNumberError:
        return None, ("malformed", "bad-number")
    except (ValueError, RecursionError):
        return None, ("malformed",)
    if not isinstance(value, dict):
        return None, ("malformed",)
    return value, tuple(repeats)


class _BadNumberError(ValueError):
    """A number that is too long, too large, or none at all."""


def _depth(data: bytes) -> int:
    depth = deepest = 0
    for found in _STRUCTURE.finditer(data):
        if found[0] in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in (b"}", b"]"):
            depth -= 1
    return deepest


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise _BadNumberError
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if len(text) > 2 * MAX_DIGITS or abs(number) > MAX_FLOAT:
        raise _BadNumberError
    return number


def _constant(text: str) -> float:
    raise _BadNumberError(text)
