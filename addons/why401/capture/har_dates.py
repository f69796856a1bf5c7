"""Dates as HAR producers write them."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime

from why401.later import regex

_DOTNET = regex(r"\\?/?Date\((-?[0-9]{1,16})(?:[+-][0-9]{4})?\)\\?/?")
_NUMBER = regex(r"-?[0-9]{1,16}(?:\.[0-9]{1,9})?")
_ZONE = regex(r"\s+(?=[+-][0-9]{2}:?[0-9]{2}$|Z$|UTC$)")
_FORMATS = (
    "%Y/%m/%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S",
    "%b %d, %Y %I:%M:%S %p", "%a %b %d %H:%M:%S %Y",
)  # fmt: skip
_EARLIEST_S, _LATEST_S = 1.0, 253402300799.0


def unix_seconds(value: object) -> float | None:
    """Return a HAR's `startedDateTime` as Unix seconds; None where it says nothing.

    ISO 8601 with or without zone (then UTC), Unix seconds, milliseconds or microseconds as number
    or text, `/Date(…)/`, RFC 5322 and a few formats of locales. The epoch itself is what
    producers write when they do not know.
    """
    if isinstance(value, str):
        try:
            seconds = _seconds(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            return _from_odd_text(value)
        return seconds
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    return None


def _seconds(moment: datetime) -> float | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = moment.timestamp()
    return seconds if _EARLIEST_S <= seconds <= _LATEST_S else None


def _from_number(number: int | float) -> float | None:
    try:
        seconds = float(number)
    except OverflowError:
        return None
    # Seconds stay below 1e11 until the year 5138; above that it is a smaller unit.
    for unit in (1.0, 1e3, 1e6, 1e9):
        if _EARLIEST_S <= seconds / unit < 1e11:
            return seconds / unit
    return None


def _from_odd_text(text: str) -> float | None:
    text = text[:80].strip()
    dotnet = _DOTNET.fullmatch(text)
    if dotnet:
        return _from_number(int(dotnet[1]) / 1000)
    if _NUMBER.fullmatch(text):
        return _from_number(float(text))
    try:
        return _seconds(datetime.fromisoformat(_ZONE.sub("", text).replace("UTC", "+00:00")))
    except (ValueError, OverflowError):
        pass
    try:
        return _seconds(email.utils.parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        pass
    for form in _FORMATS:
        try:
            return _seconds(datetime.strptime(text, form).replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            continue
    return None
