"""When an exchange happened, as HAR 1.2 counts it."""

from __future__ import annotations

import functools
import math
from datetime import UTC, datetime, timedelta

from why401.model import Times

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_S = 253402300799.0
_LONGEST_US = 10**14 - 1
"""What `capture.har_exchange` still takes for a duration."""

type Number = int | float


def started_date_time(times: Times) -> str:
    """Return the beginning as ISO 8601 with microseconds; the epoch where it is not known."""
    return _iso(_start_us(times) or 0)


def iso_date_time(seconds: float | None) -> str:
    """Return Unix seconds as ISO 8601; the epoch for what is not known or no moment."""
    return _iso(_us(seconds) or 0)


def _iso(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_iso_second(seconds)}.{rest:06d}Z"


@functools.lru_cache(256)
def _iso_second(seconds: int) -> str:
    # Many exchanges begin in the same second.
    return (_EPOCH + timedelta(seconds=seconds)).isoformat(timespec="seconds")[:19]


def time_and_timings(times: Times) -> tuple[Number, dict[str, Number]]:
    """Return an entry's `time` and `timings` in milliseconds.

    `time` is the sum of what is not -1, without `ssl`, which is part of `connect`. `send`, `wait`
    and `receive` must not be negative (HAR 1.2, section timings): unknown, they are 0. All is
    counted in whole microseconds, so that what is read back gives the same figures again.
    """
    start = _start_us(times) or 0
    sent = _not_before(start, times.request_sent)
    answered = _not_before(sent, times.response_started)
    ended = _not_before(answered, times.ended)
    dns = _duration_us(times.dns_ms, sent - start)
    connect = _duration_us(times.connect_ms, sent - start - max(dns, 0))
    ssl = _duration_us(times.tls_ms, max(connect, 0) if connect >= 0 else _LONGEST_US)
    send = sent - start - max(dns, 0) - max(connect, 0)
    timings: dict[str, Number] = {
        "blocked": -1,
        "dns": _ms(dns),
        "connect": _ms(connect),
        "send": _ms(send),
        "wait": _ms(answered - sent),
        "receive": _ms(ended - answered),
        "ssl": _ms(ssl),
    }
    return _ms(ended - start), timings


def finite(value: float | None) -> float | None:
    """Return `value`, or None where JSON could not hold it."""
    return value if value is not None and math.isfinite(value) else None


def _start_us(times: Times) -> int | None:
    for moment in (times.started, times.request_sent, times.response_started, times.ended):
        found = _us(moment)
        if found is not None:
            return found
    return None


def _us(seconds: float | None) -> int | None:
    seconds = finite(seconds)
    if seconds is None or not 1.0 <= seconds <= _LATEST_S:
        return None
    return round(seconds * 1e6)


def _not_before(earlier: int, seconds: float | None) -> int:
    moment = _us(seconds)
    if moment is None or not 0 <= moment - earlier <= _LONGEST_US or earlier == 0:
        return earlier
    return moment


def _duration_us(milliseconds: float | None, longest: int) -> int:
    """Return a phase in microseconds, at most `longest`; -1 where it is not known."""
    milliseconds = finite(milliseconds)
    if milliseconds is None or milliseconds < 0:
        return -1
    return round(min(milliseconds * 1000, longest))


def _ms(microseconds: int) -> Number:
    if microseconds < 0:
        return -1
    return microseconds // 1000 if microseconds % 1000 == 0 else microseconds / 1000
