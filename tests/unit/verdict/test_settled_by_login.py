"""What is said about a refusal that a login explains which was under way."""

from __future__ import annotations

import pytest
from tests.traffic import BEARER, Traffic, bearer, started, tell

from why401.model import Certainty

API = "https://api.example.com"
TOKEN = {"access_token": "opaque-token-1", "token_type": "Bearer"}

FLIGHTS = [
    pytest.param(0.5, 0.7, "session/login-in-flight#not-awaited", id="while the login ran"),
    pytest.param(-5.0, -4.5, "auth/missing#not-sent", id="long before it began"),
]


@pytest.mark.parametrize("address", ["", "10.0.0.7:50001"], ids=["one client's", "a proxy's"])
@pytest.mark.parametrize(("at_s", "ended_s", "verdict"), FLIGHTS)
def test_a_request_that_left_before_the_login_was_answered(
    at_s: float, ended_s: float, verdict: str, address: str
) -> None:
    """At the same address there may be another user, who has yet to log in."""
    traffic = Traffic(address=address)
    begin = traffic.now_s + 10
    early = started(traffic(f"GET {API}/orders", 401, got=BEARER), begin + at_s, begin + ended_s)
    login = started(traffic(f"POST {API}/login", 200, answer=TOKEN), begin, begin + 2.0)
    told = tell([early, login])
    assert told.verdicts() == {"#1": verdict}
    if "login" in verdict:
        sure = Certainty.LIKELY if address else Certainty.PROVEN
        assert told.diagnoses["#1"].certainty is sure
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


PLEASE = {"message": "Please log in"}
SESSIONS = [
    pytest.param(0.5, 0.7, {}, "session/login-in-flight#not-awaited", id="while it ran"),
    pytest.param(0.5, 3.0, {}, "session/login-in-flight#not-awaited", id="answered after it"),
    pytest.param(-5.0, -4.5, {}, "auth/missing#not-sent", id="long before"),
    pytest.param(
        0.5, 0.7, {"Cookie": "sid=an-older-one"}, "auth/unknown#refused", id="with a session"
    ),
]


@pytest.mark.parametrize(("at_s", "ended_s", "sent", "verdict"), SESSIONS)
def test_a_session_that_was_on_its_way(
    at_s: float, ended_s: float, sent: dict[str, str], verdict: str
) -> None:
    traffic = Traffic()
    begin = traffic.now_s + 10
    early = traffic(f"GET {API}/orders", 401, sent=sent, answer=PLEASE)
    login = traffic(
        f"POST {API}/login",
        form={"username": "alice", "password": "x"},
        got={"Set-Cookie": "sid=abcdefgh; Path=/; HttpOnly"},
    )
    both = [
        started(early, begin + at_s, begin + ended_s),
        started(login, begin, begin + 2.0),
    ]
    told = tell(sorted(both, key=lambda each: each.times.ended or 0.0))
    assert told.verdicts() == {"#1": verdict}
    assert told.diagnoses["#1"].certainty is not Certainty.PROVEN


def test_a_session_of_another_host_was_not_awaited() -> None:
    traffic = Traffic()
    begin = traffic.now_s + 10
    early = traffic("GET https://shop.example.com/orders", 401, answer=PLEASE)
    login = traffic(
        f"POST {API}/login",
        form={"username": "alice", "password": "x"},
        got={"Set-Cookie": "sid=abcdefgh; Path=/"},
    )
    told = tell([started(early, begin + 0.5, begin + 0.7), started(login, begin, begin + 2.0)])
    assert told.rules("#1")[0] == "auth/missing"


@pytest.mark.parametrize("is_file", [False, True], ids=["as answered", "as sent"])
def test_a_request_that_did_not_await_the_login_was_no_first_leg(is_file: bool) -> None:
    traffic = Traffic()
    begin = traffic.now_s + 10
    early = started(traffic(f"GET {API}/orders", 401, got=BEARER), begin + 0.5, begin + 0.7)
    login = started(traffic(f"POST {API}/login", 200, answer=TOKEN), begin, begin + 2.0)
    again = traffic(f"GET {API}/orders", sent=bearer("opaque-token-1"))
    both = [login, early] if is_file else [early, login]
    told = tell([*both, started(again, begin + 2.1, begin + 2.2)])
    assert told.verdicts() == {"#1": "session/login-in-flight#not-awaited"}
