import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.detectors.diagnosed import refused

from why401.case import Case
from why401.detectors.server_texts import texts
from why401.detectors.server_words import Topic, said

WORDS = [
    pytest.param("TOKEN_EXPIRED", True, id="code"),
    pytest.param("Signature has expired", True, id="PyJWT"),
    pytest.param("令牌已过期", True, id="Chinese"),
    pytest.param("Invalid or expired token", False, id="or"),
    pytest.param("expired or invalid", False, id="or, turned round"),
    pytest.param("token 无效或已过期", False, id="or in Chinese"),
    pytest.param("The certificate has expired", False, id="certificate"),
    pytest.param("token is not expired", False, id="not"),
    pytest.param("token is expired, revoked, malformed, or invalid", False, id="RFC 6750"),
]


@pytest.mark.parametrize(("says", "expected"), WORDS)
def test_words_about_expiry(says: str, expected: bool) -> None:
    assert (said(Case(refused(says=says)), Topic.EXPIRED) is not None) is expected


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        pytest.param("Token has been revoked", True, id="revoked"),
        pytest.param("token 已被踢下线", True, id="Chinese"),
        pytest.param("grant is invalid, expired, or revoked", False, id="or"),
        pytest.param("revoked or expired", False, id="or, turned round"),
        pytest.param("is expired, revoked, malformed, or invalid", False, id="RFC 6750"),
        pytest.param("The token has been blacklisted", True, id="blacklist"),
        pytest.param("Merchant Blacklisted", False, id="another's blacklist"),
    ],
)
def test_words_about_revocation(says: str, expected: bool) -> None:
    assert (said(Case(refused(says=says)), Topic.REVOKED) is not None) is expected


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        pytest.param("Missing Authorization Header", True, id="Flask-JWT-Extended"),
        pytest.param("Authentication credentials were not provided.", True, id="Django"),
        pytest.param("未提供 token", True, id="Chinese"),
        pytest.param("Unauthenticated.", False, id="Laravel, of any token"),
        pytest.param("未登录", False, id="of a session that is over, too"),
        pytest.param("token is missing or invalid", False, id="or"),
    ],
)
def test_words_about_absence(says: str, expected: bool) -> None:
    case = Case(refused(says=says))
    assert (said(case, Topic.ABSENT) is not None) is expected
    assert said(case, Topic.MISSING)


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
