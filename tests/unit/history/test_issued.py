"""Which tokens an answer hands out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.traffic import Traffic, bearer

from why401.case import Case
from why401.history.issued import (
    MAX_TOKENS_EACH,
    asked_for,
    granted_scope,
    issued_tokens,
    owner_of,
    sent_refresh_token,
)

TOKEN = "POST https://id.example.com/oauth/token"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("request_line", "answer", "expected"),
    [
        pytest.param(TOKEN, {"access_token": "a" * 9, "refresh_token": "r" * 9},
                     ["access", "refresh"], id="oauth"),
        pytest.param(TOKEN, {"code": 0, "data": {"token": "a" * 9}}, ["access"], id="in data"),
        pytest.param(TOKEN, {"access": JWT, "refresh": JWT}, ["access", "refresh"], id="simplejwt"),
        pytest.param(TOKEN, {"access": "everybody", "refresh": "every day"}, [], id="plain words"),
        pytest.param(TOKEN, {"access_token": ""}, [], id="empty"),
        pytest.param(TOKEN, {"access_token": 7}, [], id="a number"),
        pytest.param("GET https://a.example/items", {"token": "a" * 9}, [], id="a list of items"),
        pytest.param("GET https://a.example/auth/me", {"token": "a" * 9}, ["access"], id="by path"),
        pytest.param(TOKEN, ["access_token"], [], id="a list"),
    ],
)  # fmt: skip
def test_what_is_handed_out(request_line: str, answer: Any, expected: list[str]) -> None:
    case = Case(Traffic()(request_line, answer=answer))
    assert [each.kind for each in issued_tokens(case)] == expected


def test_a_refusal_hands_out_nothing() -> None:
    case = Case(Traffic()(TOKEN, 400, answer={"access_token": "a" * 9}))
    assert issued_tokens(case) == ()


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        (60, 60.0),
        ("60", 60.0),
        (True, None),
        ("soon", None),
        ("²", None),
        (-1, None),
        (1e300, None),
    ],
)
def test_how_long_it_lives(expires: object, expected: float | None) -> None:
    case = Case(Traffic()(TOKEN, answer={"access_token": "a" * 9, "expires_in": expires}))
    assert issued_tokens(case)[0].expires_in_s == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param({"form": {"refresh_token": "r-1"}}, "r-1", id="form"),
        pytest.param({"data": {"refreshToken": "r-1"}}, "r-1", id="JSON"),
        pytest.param({"form": {"grant_type": "password"}}, None, id="none"),
        pytest.param({"sent": bearer("opaque-token-1")}, None, id="bearer elsewhere"),
    ],
)
def test_the_refresh_token_sent(sent: dict[str, Any], expected: str | None) -> None:
    assert sent_refresh_token(Case(Traffic()(TOKEN, **sent))) == expected


def test_a_refresh_token_as_bearer() -> None:
    case = Case(Traffic()("POST https://a.example/refresh", sent=bearer("opaque-token-1")))
    assert sent_refresh_token(case) == "opaque-token-1"


def test_the_scopes_asked_for_and_granted_are_told_apart() -> None:
    form = {"grant_type": "client_credentials", "scope": "a b", "resource": "https://a.example"}
    case = Case(Traffic()(TOKEN, form=form, answer={"access_token": "a" * 9, "scope": "a"}))
    assert asked_for(case).scope == "a b"
    assert asked_for(case).names_audience
    assert granted_scope(case) == "a"


@pytest.mark.parametrize(
    ("request_line", "data", "retires"),
    [
        pytest.param("GET https://api.weixin.qq.com/cgi-bin/token?appid=wx1", None, True,
                     id="token"),
        pytest.param("POST https://api.weixin.qq.com/cgi-bin/stable_token", {"appid": "wx1"}, False,
                     id="stable"),
        pytest.param("POST https://api.weixin.qq.com/cgi-bin/stable_token",
                     {"appid": "wx1", "force_refresh": True}, True, id="forced"),
        pytest.param("GET https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=x", None, False,
                     id="WeCom"),
    ],
)  # fmt: skip
def test_what_a_fetch_at_wechat_retires(request_line: str, data: Any, retires: bool) -> None:
    owner = owner_of(Case(Traffic()(request_line, data=data)))
    assert owner is not None
    assert owner.retires is retires


NAMES = st.sampled_from(["access_token", "token", "data", "x"])
ANSWERS = st.recursive(
    st.none() | st.text(max_size=20) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
)


@given(ANSWERS)
def test_no_answer_is_too_odd(answer: Any) -> None:
    assert len(issued_tokens(Case(Traffic()(TOKEN, answer=answer)))) <= MAX_TOKENS_EACH


def test_no_token_shows_in_a_repr() -> None:
    issued = issued_tokens(Case(Traffic()(TOKEN, answer={"access_token": "a-secret-token"})))
    assert issued[0].value == "a-secret-token"
    assert "a-secret-token" not in repr(issued)
