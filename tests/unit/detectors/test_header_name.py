from typing import Any

import pytest
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome, refused, rules

TOKEN = jwt()
MISSING = "Missing Authorization header"

FIRING: list[Any] = [
    pytest.param("Authorizaton", "", "header-misspelt#misspelt", "proven", id="letter lost"),
    pytest.param("Authorisation", "", "header-misspelt#misspelt", "proven", id="British"),
    pytest.param("Autorization", "", "header-misspelt#misspelt", "proven", id="h lost"),
    pytest.param("Authentication", "", "header-wrong-name#wrong-name", "likely", id="other word"),
    pytest.param("X-Authorization", MISSING, "header-wrong-name#wrong-name", "proven", id="stated"),
    pytest.param(
        "X-Authorization",
        "未登录",
        "header-wrong-name#wrong-name",
        "likely",
        id="a server that takes it says so of a session that is over",
    ),
    pytest.param("access_token", "", "header-underscore#dropped", "likely", id="underscore"),
]


@pytest.mark.parametrize(("name", "says", "verdict", "certainty"), FIRING)
def test_credential_under_another_name(name: str, says: str, verdict: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(headers={name: f"Bearer {TOKEN}"}, says=says), TOKEN)
    assert outcome(diagnosis) == (f"auth/{verdict}", certainty)
    assert "auth/missing" not in rules(diagnosis)


SILENT: list[Any] = [
    pytest.param({"Authorization": f"Bearer {TOKEN}"}, id="cured"),
    pytest.param({"Authorization": f"Bearer {TOKEN}", "X-Authorization": "x"}, id="both"),
    pytest.param({"Author": "Bearer of news"}, id="another word"),
    pytest.param({"Authority": "api.example.com"}, id="pseudo header"),
]


@pytest.mark.parametrize("headers", SILENT)
def test_right_name_or_no_credential(headers: dict[str, str]) -> None:
    assert not any(
        rule.startswith("auth/header-") for rule in rules(diagnosed(refused(headers=headers)))
    )


DROPPED = [
    pytest.param("auth.token", {"Server": "nginx"}, "likely", id="a dot, and nginx"),
    pytest.param("auth.token", {}, "possible", id="a dot"),
    pytest.param("app.name", {"Server": "nginx"}, None, id="no credential by its name"),
    pytest.param("Authorization", {"Server": "nginx"}, None, id="cured"),
]


@pytest.mark.parametrize(("name", "got", "certainty"), DROPPED)
def test_names_that_a_proxy_drops(name: str, got: dict[str, str], certainty: str | None) -> None:
    diagnosis = diagnosed(refused(headers={name: f"Bearer {TOKEN}"}, response_headers=got), TOKEN)
    if certainty is None:
        assert "transport/header-invalid-dropped" not in rules(diagnosis)
        return
    assert outcome(diagnosis) == ("transport/header-invalid-dropped#dropped", certainty)
    assert "auth/missing" not in rules(diagnosis)


JSON = {"Content-Type": "application/json"}


def test_token_in_the_body() -> None:
    body = b'{"token": "' + TOKEN.encode() + b'"}'
    diagnosis = diagnosed(refused(method="POST", headers=JSON, body=body), TOKEN)
    assert outcome(diagnosis) == ("auth/header-in-body#in-body", "likely")


def test_refresh_token_belongs_in_the_body() -> None:
    body = b'{"refresh_token": "' + TOKEN.encode() + b'"}'
    sent = refused(method="POST", headers=JSON, body=body, says="Refresh token not provided")
    assert "auth/header-in-body" not in rules(diagnosed(sent, TOKEN))
