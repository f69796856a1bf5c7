"""Stories of tokens that came too late or were never sent."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import BEARER, Traffic, bearer, tell

from why401.model import Certainty, Exchange

API = "https://api.example.com"


def login(traffic: Traffic, took_s: float = 0.1, started_s: float | None = None) -> Exchange:
    return traffic(
        f"POST {API}/login",
        data={"username": "alice", "password": "x"},
        answer={"token": "the-token-of-alice"},
        took_s=took_s,
        started_s=started_s,
    )


def test_a_token_that_no_request_carries() -> None:
    traffic = Traffic()
    told = tell([login(traffic), traffic(f"GET {API}/orders", 401, got=BEARER)])
    finding = next(
        f for f in told.diagnoses["#2"].findings if f.rule == "session/credential-never-sent"
    )
    assert finding.certainty is Certainty.LIKELY
    assert finding.related == ("#1",)


def test_cured_the_token_is_sent() -> None:
    traffic = Traffic()
    sent = bearer("the-token-of-alice")
    told = tell([login(traffic), traffic(f"GET {API}/orders", sent=sent)])
    assert told.verdicts() == {}


def test_one_request_that_lacks_it_is_only_missing_it() -> None:
    traffic = Traffic()
    sent = bearer("the-token-of-alice")
    told = tell(
        [
            login(traffic),
            traffic(f"GET {API}/orders", sent=sent),
            traffic(f"GET {API}/prices", 401, got=BEARER),
        ]
    )
    assert "session/credential-never-sent" not in told.rules("#3")


def test_the_request_left_while_the_login_was_under_way() -> None:
    traffic = Traffic(address="")
    first = login(traffic, took_s=3.0)
    started_s = traffic.now_s + 0.5
    told = tell(
        [first, traffic(f"GET {API}/orders", 401, got=BEARER, started_s=started_s, after_s=4)]
    )
    assert told.verdicts()["#2"] == "session/login-in-flight#not-awaited"
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN


ASKED = [
    pytest.param(API, BEARER, "session/login-in-flight", Certainty.PROVEN, id="for a token"),
    pytest.param("https://files.example.com", BEARER, "session/login-in-flight",
                 Certainty.LIKELY, id="at another host of the site"),
    pytest.param(API, {"WWW-Authenticate": 'Basic realm="x"'}, "auth/missing",
                 Certainty.PROVEN, id="for a password"),
]  # fmt: skip


@pytest.mark.parametrize(("site", "got", "rule", "sure"), ASKED)
@pytest.mark.parametrize("is_late", [False, True], ids=["told at the login", "told at once"])
def test_what_is_asked_for_during_a_login(
    site: str, got: dict[str, str], rule: str, sure: Certainty, is_late: bool
) -> None:
    traffic = Traffic(address="")
    begin = traffic.now_s + 10
    early = traffic(f"GET {site}/a", 401, got=got, started_s=begin + 0.5)
    answered = login(traffic, started_s=begin, took_s=2.0)
    told = tell([answered, early] if is_late else [early, answered])
    assert told.rules("#1")[0] == rule
    assert told.diagnoses["#1"].certainty is sure


@pytest.mark.parametrize("is_sanitised", [False, True], ids=["whole", "perhaps left out"])
@pytest.mark.parametrize("is_late", [False, True], ids=["told at the login", "told at once"])
@pytest.mark.parametrize("started_s", [0.5, 5.0], ids=["during the login", "after it"])
def test_what_a_capture_leaves_out_was_perhaps_sent(
    is_sanitised: bool, is_late: bool, started_s: float
) -> None:
    traffic = Traffic(address="")
    begin = traffic.now_s + 10
    early = traffic(f"GET {API}/a", 401, got=BEARER, started_s=begin + started_s)
    answered = login(traffic, started_s=begin, took_s=2.0)
    both = [
        msgspec.structs.replace(each, is_sanitised=is_sanitised)
        for each in ([answered, early] if is_late or started_s > 2 else [early, answered])
    ]
    is_told = any(rule.startswith("session/") for rule in tell(both).rules("#1"))
    assert is_told is not is_sanitised


def test_another_program_or_site_was_not_given_it() -> None:
    traffic = Traffic()
    told = tell(
        [
            login(traffic),
            traffic(f"GET {API}/orders", 401, got=BEARER, agent="other/1"),
            traffic("GET https://api.elsewhere.net/x", 401, got=BEARER),
        ]
    )
    assert not any("session/credential-never-sent" in told.rules(key) for key in told.diagnoses)


def test_a_login_that_fails_lacks_no_token() -> None:
    traffic = Traffic()
    again = traffic(
        f"POST {API}/login",
        401,
        data={"username": "bob", "password": "y"},
        answer={"error": "bad credentials"},
    )
    told = tell([login(traffic), again])
    assert "session/credential-never-sent" not in told.rules("#2")


def test_a_login_that_fails_beside_another_lacks_no_token() -> None:
    traffic = Traffic()
    body = {"username": "bob", "password": "y"}
    told = tell(
        [
            traffic(f"POST {API}/login", 401, data=body, got=BEARER),
            traffic(
                f"POST {API}/login",
                data={"username": "alice", "password": "x"},
                answer={"token": "the-token-of-alice"},
                started_s=traffic.now_s - 1,
            ),
        ]
    )
    assert "session/login-in-flight" not in told.rules("#1")
