import math
from typing import Any

import pytest

from why401.model import Times
from why401.report.har_timings import finite, iso_date_time, started_date_time, time_and_timings

AT = 1795132800.0


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param(Times(started=AT), "2026-11-20T00:00:00.000000Z", id="start"),
        pytest.param(
            Times(response_started=AT + 0.25), "2026-11-20T00:00:00.250000Z", id="the first known"
        ),
        pytest.param(Times(), "1970-01-01T00:00:00.000000Z", id="nothing known"),
        pytest.param(
            Times(started=math.nan, ended=AT), "2026-11-20T00:00:00.000000Z", id="no number"
        ),
    ],
)
def test_start(times: Times, expected: str) -> None:
    assert started_date_time(times) == expected


@pytest.mark.parametrize("seconds", [None, math.inf, -math.inf, math.nan, -1.0, 0.0, 1e300])
def test_what_is_no_moment_is_the_epoch(seconds: float | None) -> None:
    assert iso_date_time(seconds) == "1970-01-01T00:00:00.000000Z"


CASES: list[Any] = [
    pytest.param(
        Times(AT, AT + 0.010, AT + 0.050, AT + 0.0505, dns_ms=1.0, connect_ms=4.0, tls_ms=2.5),
        50.5,
        {"dns": 1, "connect": 4, "ssl": 2.5, "send": 5, "wait": 40, "receive": 0.5},
        id="all known",
    ),
    pytest.param(
        Times(AT, None, AT + 0.050, None),
        50,
        {"dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": 50, "receive": 0},
        id="what is unknown is 0 or -1",
    ),
    pytest.param(
        Times(AT, AT + 1, AT, AT - 5),
        1000,
        {"send": 1000, "wait": 0, "receive": 0},
        id="clocks that went back",
    ),
    pytest.param(
        Times(AT, AT + 0.002, AT + 0.002, AT + 0.002, connect_ms=9.0, tls_ms=20.0),
        2,
        {"connect": 2, "ssl": 2, "send": 0},
        id="a phase no longer than the whole",
    ),
    pytest.param(Times(), 0, {"send": 0, "wait": 0, "receive": 0}, id="nothing"),
]


@pytest.mark.parametrize(("times", "total", "parts"), CASES)
def test_timings(times: Times, total: float, parts: dict[str, float]) -> None:
    time, timings = time_and_timings(times)
    assert time == total
    assert {name: timings[name] for name in parts} == parts
    assert sum(v for k, v in timings.items() if v > 0 and k != "ssl") == pytest.approx(time)


@pytest.mark.parametrize(
    ("value", "expected"), [(1.5, 1.5), (None, None), (math.inf, None), (math.nan, None)]
)
def test_finite(value: float | None, expected: float | None) -> None:
    assert finite(value) == expected
