"""Advice about servers: given where the bytes show it, never the verdict, never an error."""

from __future__ import annotations

import pytest
from tests.traffic import BEARER, BROWSER, Traffic, bearer, tell

from why401.model import Certainty, Severity

API = "https://api.example.com"
TRACE = 'Traceback (most recent call last):\n  File "app.py", line 3, in <module>'
CORS = {
    "Origin": "https://app.example.com",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-site",
}

ADVICE = [
    pytest.param({}, 401, "opaque-token-1234567 is no token",
                 "server/token-in-response-log", id="echo"),
    pytest.param({}, 401, TRACE, "server/verbose-error", id="trace"),
    pytest.param({"Accept": "application/json"}, 401, "", "server/vague-error", id="vague"),
    pytest.param(CORS, 401, "no", "server/cors-missing-on-401", id="cors"),
    pytest.param({}, 401, "insufficient scope", "server/401-should-be-403", id="403"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "status", "text", "rule"), ADVICE)
def test_advice_stands_behind_the_verdict(
    sent: dict[str, str], status: int, text: str, rule: str
) -> None:
    traffic = Traffic(agent=BROWSER)
    sent = sent | bearer("opaque-token-1234567")
    told = tell([traffic(f"GET {API}/x", status, sent=sent, got=BEARER, answer=text)])
    finding = next(f for f in told.diagnoses["#1"].findings if f.rule == rule)
    assert finding.severity is not Severity.ERROR


def test_nothing_of_it_on_a_good_refusal() -> None:
    got = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="revoked"'}
    told = tell([Traffic()(f"GET {API}/x", 401, sent=bearer("opaque-token-1234567"), got=got)])
    assert not any(rule.startswith("server/") for rule in told.rules("#1"))


def test_a_403_for_somebody_unknown() -> None:
    answer = {"detail": "Authentication credentials were not provided."}
    told = tell([Traffic()(f"GET {API}/x", 403, answer=answer)])
    assert "server/403-should-be-401" in told.rules("#1")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [pytest.param("application/json", True, id="api"), pytest.param("text/html", False, id="page")],
)
def test_a_login_page_for_a_program(accept: str, expected: bool) -> None:
    told = tell(
        [Traffic()(f"GET {API}/x", 302, sent={"Accept": accept}, got={"Location": "/login?next=x"})]
    )
    assert ("server/login-redirect-for-api" in told.rules("#1")) is expected


def login(traffic: Traffic, text: str, **kwargs: float) -> object:
    form = {"username": "a", "password": "b"}
    return traffic(f"POST {API}/login", 401, form=form, answer={"error": text}, **kwargs)  # type: ignore[arg-type]


def test_two_texts_for_two_mistakes() -> None:
    traffic = Traffic()
    told = tell([login(traffic, "user not found"), login(traffic, "wrong password")])  # type: ignore[list-item]
    assert "server/username-enumeration" in told.rules("#2")


def test_cured_one_text_for_both() -> None:
    traffic = Traffic()
    text = "wrong user name or password"
    told = tell([login(traffic, text), login(traffic, text)])  # type: ignore[list-item]
    assert "server/username-enumeration" not in told.rules("#2")


def test_twenty_logins_in_a_minute() -> None:
    traffic = Traffic()
    told = tell([login(traffic, "no", after_s=0.5) for _ in range(20)])  # type: ignore[misc]
    assert "server/no-rate-limit" in told.rules("#20")
    assert "server/no-rate-limit" not in told.rules("#19")


def test_a_token_answered_with_a_login_page() -> None:
    traffic, page = Traffic(), {"Location": "https://portal.example.net/login"}
    sent = bearer("opaque-token-1234567")
    told = tell([traffic(f"GET {API}/x", 302, sent=sent, got=page)])
    assert told.verdicts() == {"#1": "server/login-redirect-for-api#token-sent"}
    assert told.diagnoses["#1"].certainty is Certainty.POSSIBLE
    cured = tell([traffic(f"GET {API}/x", 302, sent=sent, got={"Location": f"{API}/y"})])
    assert cured.verdicts() == {}
    assert tell([traffic(f"GET {API}/x", 302, got=page)]).verdicts() == {}
