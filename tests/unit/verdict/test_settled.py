"""What is said about a refusal once a later exchange explains it."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import BEARER, Traffic, bearer, tell

from why401.model import Certainty, Exchange

API = "https://api.example.com"
TOKEN = {"access_token": "opaque-token-1", "token_type": "Bearer"}


def over(made: Exchange, version: str) -> Exchange:
    return msgspec.structs.replace(
        made, request=msgspec.structs.replace(made.request, http_version=version)
    )


def started(made: Exchange, at_s: float, ended_s: float) -> Exchange:
    times = msgspec.structs.replace(
        made.times, started=at_s, request_sent=at_s, response_started=ended_s, ended=ended_s
    )
    return msgspec.structs.replace(made, times=times)


FLIGHTS = [
    pytest.param(0.5, 0.7, "session/login-in-flight#not-awaited", id="while the login ran"),
    pytest.param(-5.0, -4.5, "auth/missing#not-sent", id="long before it began"),
]


@pytest.mark.parametrize(("at_s", "ended_s", "verdict"), FLIGHTS)
def test_a_request_that_left_before_the_login_was_answered(
    at_s: float, ended_s: float, verdict: str
) -> None:
    traffic = Traffic()
    begin = traffic.now_s + 10
    early = started(traffic(f"GET {API}/orders", 401, got=BEARER), begin + at_s, begin + ended_s)
    login = started(traffic(f"POST {API}/login", 200, answer=TOKEN), begin, begin + 2.0)
    told = tell([early, login])
    assert told.verdicts() == {"#1": verdict}
    if "login" in verdict:
        assert told.diagnoses["#1"].certainty is Certainty.PROVEN
        assert told.diagnoses["#1"].findings[0].related == ("#2",)


def test_cured_the_login_was_awaited() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"POST {API}/login", 200, answer=TOKEN),
            traffic(f"GET {API}/orders", 200, sent=bearer("opaque-token-1")),
        ]
    )
    assert told.verdicts() == {}


def test_another_client_or_another_site_waits_for_no_login() -> None:
    traffic = Traffic()
    begin = traffic.now_s + 10
    other = traffic(f"GET {API}/orders", 401, got=BEARER, address="10.0.0.9:1")
    site = traffic("GET https://www.other.example/a", 401, got=BEARER)
    login = started(traffic(f"POST {API}/login", 200, answer=TOKEN), begin, begin + 2.0)
    early = [started(each, begin + 0.5, begin + 0.7) for each in (other, site)]
    told = tell([*early, login])
    assert set(told.verdicts().values()) == {"auth/missing#not-sent"}


MOVES = [
    pytest.param("?api_key=k-1234567890", {}, "", {"X-Api-Key": "k-1234567890"},
                 "auth/key-wrong-place#other-place", id="query to header"),
    pytest.param("", {"X-Api-Key": "k-1234567890"}, "?api_key=k-1234567890", {},
                 "auth/key-wrong-place#other-place", id="header to query"),
    pytest.param("", {"Api-Key": "k-1234567890"}, "", {"X-Api-Key": "k-1234567890"},
                 "auth/key-wrong-place#other-place", id="another header"),
    pytest.param("", {"X-Api-Key": "k-1234567890"}, "", {"X-Api-Key": "k-0987654321"},
                 None, id="another key"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "sent", "then_query", "then_sent", "verdict"), MOVES)
def test_the_same_key_at_another_place(
    query: str,
    sent: dict[str, str],
    then_query: str,
    then_sent: dict[str, str],
    verdict: str | None,
) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/orders{query}", 401, sent=sent, answer={"error": "invalid key"}),
            traffic(f"GET {API}/orders{then_query}", 200, sent=then_sent, answer={"a": 1}),
        ]
    )
    found = told.verdicts()
    if verdict is None:
        assert "auth/key-wrong-place" not in told.rules("#1")
        return
    assert found == {"#1": verdict}
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN


VERSIONS = [
    pytest.param("HTTP/2.0", "HTTP/1.1", True, id="over HTTP/1"),
    pytest.param("h2", "http/1.1", True, id="as browsers write it"),
    pytest.param("HTTP/2.0", "HTTP/2.0", False, id="over the same"),
    pytest.param("HTTP/1.1", "HTTP/2.0", False, id="the other way round"),
]


@pytest.mark.parametrize(("refused", "works", "expected"), VERSIONS)
def test_the_same_bytes_over_another_version(refused: str, works: str, expected: bool) -> None:
    traffic = Traffic()
    sent = bearer("opaque-token-1")
    told = tell(
        [
            over(traffic(f"GET {API}/orders", 401, sent=sent, got=BEARER), refused),
            over(traffic(f"GET {API}/orders", 200, sent=sent), works),
        ]
    )
    assert ("transport/h2-uppercase-assumption" in told.rules("#1")) is expected
    assert told.diagnoses["#1"].certainty is not Certainty.PROVEN


def test_a_refresh_that_worked_is_proven() -> None:
    traffic = Traffic()
    old = {"access_token": "opaque-token-0", "refresh_token": "refresh-token-0"}
    new = {"access_token": "opaque-token-1", "refresh_token": "refresh-token-1"}
    form = {"grant_type": "refresh_token", "refresh_token": "refresh-token-0"}
    got = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    told = tell(
        [
            traffic(f"POST {API}/login", 200, answer=old),
            traffic(f"GET {API}/orders", 401, sent=bearer("opaque-token-0"), got=got),
            traffic(f"POST {API}/token", 200, form=form, answer=new),
            traffic(f"GET {API}/orders", 200, sent=bearer("opaque-token-1")),
        ]
    )
    assert told.verdicts() == {"#2": "session/refreshed-ok#refreshed"}
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN


def test_the_case_of_a_scheme_is_the_servers_fault_as_well() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/x", 401, sent={"Authorization": "bearer opaque-token-1"}),
            traffic(f"GET {API}/x", 200, sent=bearer("opaque-token-1")),
        ]
    )
    assert told.verdicts() == {"#1": "auth/scheme-case#" + told.verdicts()["#1"].split("#")[1]}
    assert "server/scheme-case-sensitive" in told.rules("#1")
