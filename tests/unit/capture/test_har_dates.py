"""Dates of every kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.capture.har_dates import unix_seconds

AT = 1795168800.0
DATES = [
    pytest.param("2026-11-20T10:00:00Z", AT, id="ISO"),
    pytest.param("2026-11-20T10:00:00", AT, id="ISO without zone"),
    pytest.param("2026-11-20T10:00:00.123456789Z", AT + 0.123456, id="nanoseconds"),
    pytest.param("2026-11-20 18:00:00 +0800", AT, id="blank before the zone"),
    pytest.param("Fri, 20 Nov 2026 10:00:00 GMT", AT, id="HTTP date"),
    pytest.param("2026/11/20 10:00:00", AT, id="slashes"),
    pytest.param("11/20/2026 10:00:00 AM", AT, id="American"),
    pytest.param("/Date(1795168800000+0800)/", AT, id=".NET"),
    pytest.param("1795168800000", AT, id="milliseconds as text"),
    pytest.param(1795168800, AT, id="seconds"),
    pytest.param(1795168800000000, AT, id="microseconds"),
    pytest.param("1970-01-01T00:00:00Z", None, id="the epoch means unknown"),
    pytest.param("0001-01-01T00:00:00Z", None, id="year 1 means unknown"),
    pytest.param("", None, id="empty"),
    pytest.param("yesterday", None, id="words"),
    pytest.param(None, None, id="null"),
    pytest.param(True, None, id="a bool"),
    pytest.param(float("inf"), None, id="infinity"),
    pytest.param(10**400, None, id="a number without end"),
]


@pytest.mark.parametrize(("value", "seconds"), DATES)
def test_dates(value: object, seconds: float | None) -> None:
    assert unix_seconds(value) == seconds


@given(st.text(max_size=40) | st.floats() | st.integers())
def test_any_value_gives_seconds_or_none(value: object) -> None:
    found = unix_seconds(value)
    assert found is None or 0 < found < 1e12
