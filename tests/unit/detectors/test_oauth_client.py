"""Stories of clients that a token endpoint does not accept."""

from __future__ import annotations

import base64

import pytest
from tests.traffic import Traffic, tell

from why401.model import Certainty

TOKEN = "POST https://id.example.com/oauth/token"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


CLIENT = [
    pytest.param({}, {"client_id": "shop", "client_secret": "wrong-secret"}, "invalid_client",
                 "oauth/invalid-client", id="wrong secret"),
    pytest.param(basic("shop", "abcdefgh"), {"client_secret": "abcdefgh"}, "invalid_client",
                 "oauth/client-auth-method", id="two methods"),
    pytest.param({}, {"client_id": "shop"}, "invalid_client",
                 "oauth/client-secret-missing", id="no secret"),
    pytest.param(basic("shop", "a+b%c"), {}, "invalid_client",
                 "oauth/client-credentials-not-urlencoded", id="raw characters"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "fields", "error", "rule"), CLIENT)
def test_how_the_client_authenticated(
    sent: dict[str, str], fields: dict[str, str], error: str, rule: str
) -> None:
    traffic = Traffic()
    form = {"grant_type": "client_credentials"} | fields
    told = tell([traffic(TOKEN, 401, sent=sent, form=form, answer={"error": error})])
    assert told.rules("#1")[0] == rule


def test_an_expired_secret_in_the_servers_words() -> None:
    text = "AADSTS7000222: The provided client secret keys for app 'x' are expired."
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "abcdefgh"}
    answer = {"error": "invalid_client", "error_description": text}
    told = tell([Traffic()(TOKEN, 401, form=form, answer=answer)])
    assert told.verdicts() == {"#1": "oauth/client-secret-expired#expired"}
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN


def test_cured_the_client_authenticates() -> None:
    traffic = Traffic()
    form = {"grant_type": "client_credentials"}
    answer = {"access_token": "access-token-1", "expires_in": 60}
    told = tell([traffic(TOKEN, sent=basic("shop", "abcdefgh"), form=form, answer=answer)])
    assert told.verdicts() == {}
