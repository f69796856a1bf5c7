"""What stands for the sender of a request."""

from __future__ import annotations

import pytest
from tests.traffic import Traffic

from why401.case import Case
from why401.history.carried import is_subject, place_in_body, sent_grant, token_text
from why401.history.settling import OF_CODE, OF_LOGIN, OF_REFRESH

TOKEN = "POST https://id.example.com/token"
REFRESH = {"grant_type": "refresh_token", "refresh_token": "refresh-token-0"}
CODE = {"grant_type": "authorization_code", "code": "code-0123456789"}
GRANTS = [
    pytest.param(TOKEN, 400, REFRESH, ("refresh-token-0", OF_REFRESH), id="a refresh token"),
    pytest.param(TOKEN, 400, CODE, ("code-0123456789", OF_CODE), id="a code"),
    pytest.param(TOKEN, 407, REFRESH, ("", ""), id="refused on the way"),
    pytest.param(TOKEN, 400, {"a": "b"}, ("", OF_CODE), id="none"),
]


@pytest.mark.parametrize(("request_line", "status", "form", "grant"), GRANTS)
def test_the_grant_that_is_exchanged(
    request_line: str, status: int, form: dict[str, str], grant: tuple[str, str]
) -> None:
    assert sent_grant(Case(Traffic()(request_line, status, form=form))) == grant


PLACES = [
    pytest.param({"username": "a", "password": "b"}, OF_LOGIN, id="a login"),
    pytest.param({"grant_type": "client_credentials"}, OF_LOGIN, id="a grant"),
    pytest.param({"q": "a"}, "", id="neither"),
]


@pytest.mark.parametrize(("form", "place"), PLACES)
def test_who_posts_a_password_or_a_grant_lacks_no_token(form: dict[str, str], place: str) -> None:
    assert place_in_body(Case(Traffic()(TOKEN, 401, form=form))) == place


SENT = [
    pytest.param("Bearer opaque-token-1", "opaque-token-1", id="its token"),
    pytest.param("bearer  opaque-token-1", "opaque-token-1", id="however it is written"),
]


@pytest.mark.parametrize(("value", "text"), SENT)
def test_the_part_by_which_two_are_the_same(value: str, text: str) -> None:
    case = Case(Traffic()("GET https://api.example.com/a", 401, sent={"Authorization": value}))
    assert token_text(case.credentials[0]) == text


SUBJECTS = [
    pytest.param("/introspect", True, id="asked about"),
    pytest.param("/oauth/revoke", True, id="given back"),
    pytest.param("/orders", False, id="shown"),
]


@pytest.mark.parametrize(("path", "expected"), SUBJECTS)
def test_a_token_that_is_asked_about_is_not_the_senders(path: str, expected: bool) -> None:
    form = {"token": "opaque-token-1"}
    case = Case(Traffic()(f"POST https://id.example.com{path}", 401, form=form))
    assert [is_subject(case, each) for each in case.credentials] == [expected]
