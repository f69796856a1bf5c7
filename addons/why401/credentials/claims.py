"""What the claims of a JWT show by themselves: wrong types, wrong units, which kind of token."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

TIME_CLAIMS = ("exp", "nbf", "iat", "auth_time")

_FIRST_S, _LAST_S = 1.0e9, 4.1e9
"""2001 and 2099."""
_UNITS = (
    ("s", _FIRST_S, _LAST_S),
    ("ms", 1.0e12, 4.1e12),
    ("us", 1.0e15, 4.1e15),
    ("ns", 1.0e18, 4.1e18),
)


def numeric_date(value: object) -> float | None:
    """Return a NumericDate as sent, which by RFC 7519 section 2 is Unix seconds.

    None where it is no JSON number (`true` and text are none). The unit is not guessed: see
    `time_unit`.
    """
    if not isinstance(value, int | float) or value is True or value is False:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def time_unit(value: object) -> str | None:
    """Return the unit (`s`, `ms`, `us`, `ns`) in which a number is a date from 2001 to 2099."""
    number = numeric_date(value)
    if number is None:
        return None
    for unit, low, high in _UNITS:
        if low <= number <= high:
            return unit
    return None


def in_seconds(value: object) -> float | None:
    """Return a NumericDate that is in seconds, as it should be; None for all else."""
    number = numeric_date(value)
    return number if number is not None and _FIRST_S <= number <= _LAST_S else None


def claim_problems(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of what is wrong with the claims, whatever the time and the configuration.

    `claim-type`, `time-is-string`, `time-in-milliseconds`, `time-in-micro-or-nano`,
    `exp-zero-lifetime`.
    """
    problems: dict[str, None] = {}
    for name in TIME_CLAIMS:
        if name not in claims:
            continue
        value = claims[name]
        if isinstance(value, str):
            problems["time-is-string"] = None
        elif numeric_date(value) is None:
            problems["claim-type"] = None
        elif (unit := time_unit(value)) == "ms":
            problems["time-in-milliseconds"] = None
        elif unit in ("us", "ns"):
            problems["time-in-micro-or-nano"] = None
    if any(not isinstance(claims.get(name, ""), str) for name in ("iss", "sub", "jti")):
        problems["claim-type"] = None
    if not _is_text_or_texts(claims.get("aud", "")):
        problems["claim-type"] = None
    if not _is_text_or_texts(claims.get("scope", "")):
        problems["claim-type"] = None
    issued, expires = numeric_date(claims.get("iat")), numeric_date(claims.get("exp"))
    # Of times in different units one is wrong already, and the order of the two says nothing.
    if issued is None or expires is None or time_unit(issued) != time_unit(expires):
        return tuple(problems)
    if expires <= issued:
        problems["exp-zero-lifetime"] = None
    return tuple(problems)


def _is_text_or_texts(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str)
