"""Stories of tokens whose successor was already there."""

from __future__ import annotations

import pytest
from tests.traffic import BEARER, Traffic, bearer, tell

from why401.model import Certainty, Exchange

API = "https://api.example.com"
TOKEN = "POST https://id.example.com/oauth/token"
INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def login(traffic: Traffic, access: str, refresh: str) -> Exchange:
    return traffic(
        TOKEN,
        form={"grant_type": "password", "username": "alice", "password": "x"},
        answer={"access_token": access, "refresh_token": refresh, "expires_in": 300},
    )


def refresh(traffic: Traffic, sent: str, access: str, new: str, **kwargs: str) -> Exchange:
    return traffic(
        TOKEN,
        form={"grant_type": "refresh_token", "refresh_token": sent},
        answer={"access_token": access, "refresh_token": new, "expires_in": 300},
        **kwargs,  # type: ignore[arg-type]
    )


def test_the_old_token_after_a_refresh() -> None:
    traffic = Traffic()
    told = tell(
        [
            login(traffic, "access-token-1", "refresh-token-1"),
            traffic(f"GET {API}/orders", sent=bearer("access-token-1")),
            traffic(f"GET {API}/orders", 401, sent=bearer("access-token-1"), got=INVALID),
            refresh(traffic, "refresh-token-1", "access-token-2", "refresh-token-2"),
            traffic(f"GET {API}/orders", 401, sent=bearer("access-token-1"), got=INVALID),
        ]
    )
    diagnosis = told.diagnoses["#5"]
    assert diagnosis.verdict == "session/stale-after-refresh#kept-old-token"
    assert diagnosis.certainty is Certainty.PROVEN
    assert diagnosis.findings[0].related[:2] == ("#1", "#4")
    assert [event.event for event in diagnosis.timeline][:2] == ["issued", "refused"]
    assert ("superseded", "#4") in {(e.event, e.exchange) for e in diagnosis.timeline}


def test_cured_the_new_token_settles_the_refusal() -> None:
    traffic = Traffic()
    told = tell(
        [
            login(traffic, "access-token-1", "refresh-token-1"),
            traffic(f"GET {API}/orders", 401, sent=bearer("access-token-1"), got=INVALID),
            refresh(traffic, "refresh-token-1", "access-token-2", "refresh-token-2"),
            traffic(f"GET {API}/orders", sent=bearer("access-token-2")),
        ]
    )
    assert told.verdicts() == {"#2": "session/refreshed-ok#refreshed"}
    assert told.diagnoses["#2"].findings[0].related == ("#4",)


def test_a_session_that_began_before_the_capture_is_only_likely() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/orders", 401, sent=bearer("access-token-1"), got=INVALID),
            refresh(traffic, "refresh-token-1", "access-token-2", "refresh-token-2"),
            traffic(f"GET {API}/orders", 401, sent=bearer("access-token-1"), got=INVALID),
        ]
    )
    finding = next(
        f for f in told.diagnoses["#3"].findings if f.rule == "session/stale-after-refresh"
    )
    assert finding.certainty is Certainty.LIKELY
    assert finding.causes[0].certainty is Certainty.LIKELY


def test_another_client_keeps_its_own_copy() -> None:
    traffic = Traffic()
    told = tell(
        [
            login(traffic, "access-token-1", "refresh-token-1"),
            traffic(f"GET {API}/orders", 401, sent=bearer("access-token-1"), got=INVALID),
            refresh(traffic, "refresh-token-1", "access-token-2", "refresh-token-2"),
            traffic(
                f"GET {API}/orders",
                401,
                sent=bearer("access-token-1"),
                got=INVALID,
                agent="worker/2",
            ),
        ]
    )
    assert told.rules("#4")[0] == "session/cached-token"


def test_a_request_under_way_while_the_token_was_refreshed_is_not_stale() -> None:
    traffic = Traffic()
    first = login(traffic, "access-token-1", "refresh-token-1")
    early_s = traffic.now_s + 0.5
    told = tell(
        [
            first,
            refresh(traffic, "refresh-token-1", "access-token-2", "refresh-token-2"),
            traffic(
                f"GET {API}/orders",
                401,
                sent=bearer("access-token-1"),
                got=INVALID,
                started_s=early_s,
            ),
        ]
    )
    assert "session/stale-after-refresh" not in told.rules("#3")


def test_a_token_that_was_given_back() -> None:
    traffic = Traffic()
    told = tell(
        [
            login(traffic, "access-token-1", "refresh-token-1"),
            traffic(f"POST {API}/logout", 204, sent=bearer("access-token-1")),
            traffic(f"GET {API}/orders", 401, sent=bearer("access-token-1"), got=BEARER),
        ]
    )
    assert told.rules("#3")[0] == "session/logged-out"
    assert told.diagnoses["#3"].certainty is Certainty.LIKELY


def test_cured_logging_in_again() -> None:
    traffic = Traffic()
    told = tell(
        [
            login(traffic, "access-token-1", "refresh-token-1"),
            traffic(f"POST {API}/logout", 204, sent=bearer("access-token-1")),
            login(traffic, "access-token-2", "refresh-token-2"),
            traffic(f"GET {API}/orders", 200, sent=bearer("access-token-2")),
        ]
    )
    assert told.verdicts() == {}


@pytest.mark.parametrize("got", [{}, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}])
def test_who_may_not_is_not_told_that_the_token_is_old(got: dict[str, str]) -> None:
    traffic = Traffic()
    told = tell(
        [
            login(traffic, "access-token-1", "refresh-token-1"),
            refresh(traffic, "refresh-token-1", "access-token-2", "refresh-token-2"),
            traffic(f"GET {API}/orders", sent=bearer("access-token-2")),
            traffic(f"GET {API}/admin", 403, sent=bearer("access-token-1"), got=got),
        ]
    )
    assert told.diagnoses["#4"].certainty is not Certainty.PROVEN


ENDINGS = [
    pytest.param("PUT", "/users/me/password", "session/logged-out#password-changed", id="password"),
    pytest.param("POST", "/account/change-password", "session/logged-out#password-changed",
                 id="as many name it"),
    pytest.param("GET", "/users/me/password", "bearer/invalid-token-opaque#expired", id="its page"),
    pytest.param("POST", "/password/check", "bearer/invalid-token-opaque#expired", id="a check"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "verdict"), ENDINGS)
def test_a_token_older_than_the_password(method: str, path: str, verdict: str) -> None:
    traffic = Traffic()
    sent = bearer("access-token-1")
    changed = traffic(f"{method} {API}{path}", 204, sent=sent)
    told = tell([changed, traffic(f"GET {API}/a", 401, sent=sent, got=INVALID)])
    assert told.verdicts() == {"#2": verdict}
    assert told.diagnoses["#2"].certainty is not Certainty.PROVEN


@pytest.mark.parametrize("path", ["/logout", "/users/me/password"])
def test_cured_what_worked_since_was_not_ended(path: str) -> None:
    traffic = Traffic()
    sent = bearer("access-token-1")
    told = tell(
        [
            traffic(f"POST {API}{path}", 204, sent=sent),
            traffic(f"GET {API}/a", sent=sent),
            traffic(f"GET {API}/b", 401, sent=sent, got=INVALID),
        ]
    )
    assert "session/logged-out" not in told.rules("#3")
