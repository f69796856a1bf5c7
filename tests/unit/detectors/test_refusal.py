from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.detectors.diagnosed import refused

from why401.case import Case
from why401.detectors.refusal import Topic, is_refused, said, texts

REFUSED: list[Any] = [
    pytest.param({"status": 401, "challenge": ""}, True, id="401"),
    pytest.param({"status": 422, "challenge": "", "says": "Not enough segments"}, True, id="Flask"),
    pytest.param(
        {"status": 400, "challenge": "", "json": {"error": "invalid_grant"}}, True, id="OAuth"
    ),
    pytest.param({"status": 400, "challenge": "", "says": "name is empty"}, False, id="validation"),
    pytest.param({"status": 400, "challenge": "", "says": "Malformed body"}, False, id="body"),
    pytest.param(
        {"status": 422, "challenge": "", "says": "coupon has expired"}, False, id="coupon"
    ),
    pytest.param({"status": 200, "challenge": ""}, False, id="accepted"),
    pytest.param({"status": 401, "url": "https://api.weixin.qq.com/a"}, False, id="WeChat"),
]


@pytest.mark.parametrize(("parts", "expected"), REFUSED)
def test_is_refused(parts: dict[str, Any], expected: bool) -> None:
    assert is_refused(Case(refused(**parts))) is expected


WORDS = [
    pytest.param("TOKEN_EXPIRED", True, id="code"),
    pytest.param("Signature has expired", True, id="PyJWT"),
    pytest.param("令牌已过期", True, id="Chinese"),
    pytest.param("Invalid or expired token", False, id="or"),
    pytest.param("expired or invalid", False, id="or, turned round"),
    pytest.param("token 无效或已过期", False, id="or in Chinese"),
    pytest.param("The certificate has expired", False, id="certificate"),
    pytest.param("token is not expired", False, id="not"),
]


@pytest.mark.parametrize(("says", "expected"), WORDS)
def test_words_about_expiry(says: str, expected: bool) -> None:
    assert (said(Case(refused(says=says)), Topic.EXPIRED) is not None) is expected


def test_only_messages_are_words() -> None:
    body = {
        "path": "/token_expired",
        "data": {"name": "token expired"},
        "errors": [{"message": "m"}],
    }
    case = Case(refused(challenge="", json=body))
    assert list(texts(case)) == [("response.json.errors.0.message", "m")]


@given(st.binary(max_size=300))
def test_any_body(body: bytes) -> None:
    case = Case(refused(response_body=body))
    assert [said(case, topic) for topic in Topic]
