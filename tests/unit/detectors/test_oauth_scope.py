"""Stories of tokens that were asked for too little."""

from __future__ import annotations

import pytest
from tests.traffic import Traffic, bearer, tell

from why401.model import Certainty, Exchange

API = "https://api.example.com"
LACKS = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="orders.write"'}


def fetched(traffic: Traffic, asked: str | None, granted: str | None, **more: str) -> Exchange:
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"} | more
    if asked is not None:
        form["scope"] = asked
    answer = {"access_token": "opaque-token-1"} | ({"scope": granted} if granted else {})
    return traffic("POST https://id.example.com/oauth/token", form=form, answer=answer)


@pytest.mark.parametrize(
    ("asked", "granted", "rule"),
    [
        pytest.param("orders.read", "orders.read", "oauth/scope-not-requested", id="not asked"),
        pytest.param("orders.read orders.write", "orders.read", "oauth/scope-not-granted",
                     id="not granted"),
    ],
)  # fmt: skip
def test_the_scope_is_lacking(asked: str, granted: str, rule: str) -> None:
    traffic = Traffic()
    told = tell(
        [
            fetched(traffic, asked, granted),
            traffic(f"POST {API}/orders", 403, sent=bearer("opaque-token-1"), got=LACKS),
        ]
    )
    finding = next(f for f in told.diagnoses["#2"].findings if f.rule == rule)
    assert finding.certainty is Certainty.PROVEN
    assert finding.related == ("#1",)


def test_cured_the_scope_is_there() -> None:
    traffic = Traffic()
    told = tell(
        [
            fetched(traffic, "orders.write", "orders.write"),
            traffic(f"POST {API}/orders", sent=bearer("opaque-token-1")),
        ]
    )
    assert told.verdicts() == {}


def test_introspection_refuses_its_caller() -> None:
    url = "POST https://id.example.com/oauth/introspect"
    told = tell([Traffic()(url, 401, form={"token": "opaque-token-1"})])
    assert "oauth/introspection-unauthorised" in told.rules("#1")


@pytest.mark.parametrize(
    ("state", "expected"),
    [pytest.param("st4te", False, id="ours"), pytest.param("x", True, id="not")],
)
def test_the_state_of_the_callback(state: str, expected: bool) -> None:
    traffic = Traffic()
    url = "https://id.example.com/authorize?response_type=code&client_id=app&state=st4te"
    told = tell(
        [
            traffic(f"GET {url}"),
            traffic(f"GET https://app.example.com/cb?code=c0de-1234&state={state}", 403),
        ]
    )
    assert ("oauth/state-or-nonce" in told.rules("#2")) is expected
