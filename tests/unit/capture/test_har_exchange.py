"""The exchange that an entry records; producers' habits are in quirks/."""

from __future__ import annotations

from why401.capture.har_exchange import exchange_of
from why401.capture.har_parts import Field, Request, Response, Timings, Whole
from why401.model import Times


def test_times_are_sums() -> None:
    timings = Timings(blocked=10, dns=-1, connect=30, send=1, wait=50, receive=9, ssl=20)
    entry = Whole(Request("https://h/"), "2026-11-20T10:00:00Z", Response(200), timings)
    assert exchange_of(entry, "x").times == Times(
        1795168800.0, 1795168800.041, 1795168800.091, 1795168800.1, None, 30, 20
    )


def test_absurd_timings_count_nothing() -> None:
    timings = Timings(blocked=-5, send=1e300, wait=None)
    entry = Whole(Request("https://h/"), "2026-11-20T10:00:00Z", None, timings)
    assert exchange_of(entry, "x").times.response_started == 1795168800.0


def test_an_ipv6_address_keeps_its_brackets() -> None:
    entry = Whole(Request("https://h/"), server_ip="[::1]", server_port=443, server="7")
    found = exchange_of(entry, "x")
    assert found.server_address == "[::1]:443"
    assert found.server == "7"


def test_cookies_that_are_only_listed_were_sent() -> None:
    cookies = [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": 3}, "c"]
    listed = Whole(Request("https://h/", cookies=cookies))
    assert exchange_of(listed, "x").request.headers.fields == ((b"Cookie", b"a=1; b=2"),)
    both = Whole(Request("https://h/", headers=[Field("cookie", "a=1")], cookies=cookies))
    assert exchange_of(both, "x").request.headers.fields == ((b"cookie", b"a=1"),)


def test_raw_bytes_win_over_text() -> None:
    entry = Whole(Request("https://h/", headers=[Field("x", "?", "WC1B:/w==")]))
    assert exchange_of(entry, "x").request.headers.fields == ((b"X-A", b"\xff"),)
