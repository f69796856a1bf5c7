"""JSON objects out of tokens, with limits: depth, length of numbers, no NaN, repeats noticed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from why401.later import regex

MAX_BYTES = 16 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 20
MAX_FLOAT = 1e15

# The closing quote is optional so that an open string is eaten at once: no second look, linear.
_STRUCTURE = regex(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def parse_object(data: bytes) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """Return the JSON object in `data` and the ids of what was wrong; None where it is none.

    Problems: `too-large`, `malformed` (with `too-deep` or `bad-number` where that is why) and
    `duplicate-key`, of which the last one counts as in Python's own parser.
    """
    if len(data) > MAX_BYTES:
        return None, ("too-large",)
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _depth(data) > MAX_DEPTH:
        return None, ("malformed", "too-deep")
    try:
        text = data.decode("utf-8")
        try:
            value = _UNIQUE.decode(text)
            faults: tuple[str, ...] = ()
        except _RepeatedKeyError:
            value, faults = _LAST_WINS.decode(text), ("duplicate-key",)
    except _BadNumberError:
        return None, ("malformed", "bad-number")
    except (ValueError, RecursionError):
        return None, ("malformed",)
    if not isinstance(value, dict):
        return None, ("malformed",)
    return value, faults


class _BadNumberError(ValueError):
    """A number that is too long, too large, or none at all."""


class _RepeatedKeyError(ValueError):
    """An object names a member twice."""


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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RepeatedKeyError
    return members


# Built once: building a decoder costs more than decoding a token.
_LAST_WINS = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=_constant)
_UNIQUE = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_constant,
)
