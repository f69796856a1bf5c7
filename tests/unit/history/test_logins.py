"""Failed logins."""

from __future__ import annotations

import pytest
from tests.traffic import Traffic

from why401.case import Case
from why401.history.logins import MAX_EACH, MAX_FORMS, Logins, Told, is_login, told_by
from why401.history.sighting import sighting
from why401.model import Exchange

URL = "POST https://a.example/login"
FORM = {"username": "a", "password": "b"}


def learn(logins: Logins, exchange: Exchange, key: int = 1) -> None:
    logins.learn(Case(exchange), key, sighting(exchange))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("User not found", Told.UNKNOWN_USER, id="user"),
        pytest.param("密码错误", Told.WRONG_PASSWORD, id="password"),
        pytest.param("wrong username or password, user not found", Told.NEITHER, id="both"),
        pytest.param("no", Told.NEITHER, id="nothing"),
    ],
)
def test_what_an_answer_gives_away(text: str, told: Told) -> None:
    assert told_by(Case(Traffic()(URL, 401, form=FORM, answer=text))) is told


def test_only_failed_logins_count() -> None:
    traffic, logins = Traffic(), Logins()
    learn(logins, traffic(URL, 200, form=FORM))
    learn(logins, traffic(URL, 401, form={"a": "b"}))
    learn(logins, traffic("GET https://a.example/login", 401))
    assert logins.failed(1) == ()
    learn(logins, traffic(URL, 401, data=FORM))
    assert len(logins.failed(1)) == 1
    learn(logins, traffic(URL, 429, form=FORM))
    assert logins.failed(1) == ()


def test_a_login_posts_a_password() -> None:
    assert is_login(Case(Traffic()(URL, data={"pwd": "x"})))
    assert not is_login(Case(Traffic()(URL, data={"name": "x"})))


def test_they_are_bounded() -> None:
    traffic, logins = Traffic(), Logins()
    exchange = traffic(URL, 401, form=FORM)
    for number in range(2 * MAX_FORMS):
        learn(logins, exchange, number)
        learn(logins, exchange, 0)
    assert len(logins._failed) == MAX_FORMS
    assert len(logins.failed(0)) == MAX_EACH
