"""The clock of a server, as its Date headers tell it."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import Traffic

from why401.history.clocks import MAX_HOSTS, Clocks, Off
from why401.model import Times


def seen(clocks: Clocks, ahead_s: float, host: str = "api.example.com", **got: str) -> None:
    exchange = Traffic()(f"GET https://{host}/", got=got)
    at_s = (exchange.at_s or 0.0) + ahead_s
    clocks.learn(msgspec.structs.replace(exchange, times=Times(at_s, at_s, at_s, at_s)))


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        pytest.param([], None, id="nothing heard"),
        pytest.param([100.0], 100.0, id="one answer"),
        pytest.param([100.0, 200.0], 200.0, id="the last of two"),
        pytest.param([100.0, 9000.0, 101.0], 101.0, id="one that is far off does not count"),
    ],
)
def test_the_skew(ahead: list[float], expected: float | None) -> None:
    clocks = Clocks()
    for each in ahead:
        seen(clocks, each)
    found = clocks.skew_s("api.example.com")
    assert found == (None if expected is None else pytest.approx(expected, abs=1.0))


def test_answers_out_of_a_cache_tell_no_time() -> None:
    clocks = Clocks()
    seen(clocks, 100.0, Age="60")
    assert clocks.skew_s("api.example.com") is None


def test_the_host_not_heard_of_for_longest_is_forgotten() -> None:
    clocks = Clocks()
    for number in range(MAX_HOSTS + 1):
        seen(clocks, 0.0, f"h{number}.example.com")
    assert clocks.skew_s("h0.example.com") is None
    assert clocks.skew_s("h1.example.com") is not None


OTHERS = [
    pytest.param([("other.example", 400.0)], Off.LOCAL, id="another site shows the same"),
    pytest.param([("other.example", 0.0)], Off.SERVER, id="another site agrees with this machine"),
    pytest.param([("www.example.com", 0.0)], Off.UNKNOWN, id="hosts of the same site do not count"),
    pytest.param([("a.example", 0.0), ("b.example", 400.0)], Off.UNKNOWN, id="they disagree"),
    pytest.param([("a.example", 90.0)], Off.UNKNOWN, id="a third time"),
    pytest.param([], Off.UNKNOWN, id="nobody else was heard"),
]


@pytest.mark.parametrize(("others", "expected"), OTHERS)
def test_whose_clock_is_off(others: list[tuple[str, float]], expected: Off) -> None:
    clocks = Clocks()
    seen(clocks, 400.0)
    for host, ahead_s in others:
        seen(clocks, ahead_s, host)
    assert clocks.off("api.example.com") is expected


def test_a_clock_that_is_right_is_not_off() -> None:
    clocks = Clocks()
    seen(clocks, 0.0)
    seen(clocks, 0.0, "other.example")
    assert clocks.off("api.example.com") is Off.UNKNOWN
    assert clocks.off("unheard.example") is Off.UNKNOWN
