from __future__ import annotations

import base64
import datetime

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.sandbox.tokens import Fault, Judged, Tokens, instant

NOW_S = 1_795_132_800.0
TOKENS = Tokens()
DEEP = base64.urlsafe_b64encode(b"[" * 90_000).decode()
CASES = [
    pytest.param(TOKENS.issue(NOW_S), None, id="good"),
    pytest.param(TOKENS.issue(NOW_S, aud=["x", "shop"]), None, id="one of several audiences"),
    pytest.param(TOKENS.issue(NOW_S - 3599), None, id="one second left"),
    pytest.param(TOKENS.issue(NOW_S - 3600), Fault.EXPIRED, id="expired"),
    pytest.param(TOKENS.issue(NOW_S, exp=True), Fault.EXPIRED, id="exp is true"),
    pytest.param(TOKENS.issue(NOW_S + 1), Fault.NOT_YET, id="not yet valid"),
    pytest.param(TOKENS.issue(NOW_S, iss="x"), Fault.ISSUER, id="issuer"),
    pytest.param(TOKENS.issue(NOW_S, aud="x"), Fault.AUDIENCE, id="audience"),
    pytest.param(Tokens().issue(NOW_S), Fault.SIGNATURE, id="another secret"),
    pytest.param(jwt.encode({}, None, algorithm="none"), Fault.ALGORITHM, id="alg none"),
    pytest.param("undefined", Fault.MALFORMED, id="no token"),
    pytest.param("a.b.c", Fault.MALFORMED, id="no JSON"),
    pytest.param("", Fault.MALFORMED, id="empty"),
    pytest.param(f"{DEEP}.e30.AA", Fault.MALFORMED, id="nested deeply"),
]


@pytest.mark.parametrize(("token", "fault"), CASES)
def test_judge(token: str, fault: Fault | None) -> None:
    assert TOKENS.judge(token, NOW_S).fault == fault


def test_a_revoked_token_is_refused_last_of_all() -> None:
    tokens = Tokens()
    token, expired = tokens.issue(NOW_S, jti="a"), tokens.issue(NOW_S - 3600, jti="a")
    tokens.revoke("a")
    assert tokens.judge(token, NOW_S).fault is Fault.REVOKED
    assert tokens.judge(expired, NOW_S).fault is Fault.EXPIRED
    assert tokens.judge(tokens.issue(NOW_S), NOW_S).fault is None


def test_scopes_are_words_of_one_text() -> None:
    assert Judged({"scope": "a b"}).scopes == {"a", "b"}
    assert Judged({"scope": ["a"]}).scopes == frozenset()


@given(st.text(max_size=100))
def test_any_text_is_judged(token: str) -> None:
    assert TOKENS.judge(token, NOW_S).fault in (Fault.MALFORMED, Fault.ALGORITHM)


@given(st.integers(0, 253402300799))
def test_instant_agrees_with_the_calendar(value: int) -> None:
    moment = datetime.datetime.fromtimestamp(value, datetime.UTC)
    assert instant(value) == moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(253402300800, "+10000-01-01T00:00:00Z", id="year 10000"),
        pytest.param(1_795_132_800_000, "+58855-06-30T00:00:00Z", id="milliseconds"),
        pytest.param("soon", "soon", id="no number"),
        pytest.param(1 << 60, str(1 << 60), id="beyond reason"),
    ],
)
def test_instant(value: object, expected: str) -> None:
    assert instant(value) == expected
