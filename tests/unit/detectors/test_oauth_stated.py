import urllib.parse
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, outcome, rules

from why401.model import Exchange

PASSWORD = "a-password-nobody-may-see"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def refused(code: str, path: str = "/token", status: int = 400, **form: str) -> Exchange:
    return exchange(
        f"https://id.example.com{path}",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"} if form else {},
        body=urllib.parse.urlencode(form).encode(),
        status=status,
        json={"error": code, "error_description": f"refused {PASSWORD}"},
    )


GRANTS: list[Any] = [
    pytest.param("authorization_code", "code-not-valid", "likely", id="code"),
    pytest.param("password", "wrong-password", "likely", id="password"),
    pytest.param(JWT_BEARER, "assertion-refused", "likely", id="assertion"),
    pytest.param("client_credentials", "passed-on", "possible", id="another"),
]


@pytest.mark.parametrize(("grant", "cause", "certainty"), GRANTS)
def test_invalid_grant(grant: str, cause: str, certainty: str) -> None:
    sent = refused("invalid_grant", grant_type=grant, username="a", password=PASSWORD)
    assert outcome(diagnosed(sent, PASSWORD)) == (f"oauth/invalid-grant#{cause}", certainty)


PATHS: list[Any] = [
    pytest.param("/api/login", "wrong-password", id="login"),
    pytest.param("/auth/refresh", "refresh-ended", id="refresh"),
    pytest.param("/oauth/callback", "code-not-valid", id="callback"),
    pytest.param("/api/orders", "passed-on", id="elsewhere"),
]


@pytest.mark.parametrize(("path", "cause"), PATHS)
def test_a_back_end_passes_invalid_grant_on(path: str, cause: str) -> None:
    expected = (f"oauth/invalid-grant#{cause}", "possible")
    assert outcome(diagnosed(refused("invalid_grant", path))) == expected


CODES: list[Any] = [
    pytest.param("unsupported_grant_type", {}, "grant-unknown", "proven", id="grant type"),
    pytest.param("invalid_scope", {"scope": "x"}, "scope-unknown", "proven", id="scope"),
    pytest.param("invalid_scope", {}, "scope-unknown", "likely", id="scope, none sent"),
    pytest.param("invalid_target", {"resource": "x"}, "resource-unknown", "proven", id="target"),
    pytest.param("unauthorized_client", {}, "grant-not-enabled", "likely", id="client"),
    pytest.param("access_denied", {}, "denied", "likely", id="denied"),
    pytest.param("login_required", {}, "login-required", "likely", id="login"),
]


@pytest.mark.parametrize(("code", "form", "cause", "certainty"), CODES)
def test_codes_of_the_token_endpoint(
    code: str, form: dict[str, str], cause: str, certainty: str
) -> None:
    sent = refused(code, grant_type="client_credentials", **form)
    expected = (f"oauth/request-not-allowed#{cause}", certainty)
    assert outcome(diagnosed(sent)) == expected


SILENT: list[Any] = [
    pytest.param("authorization_pending", 400, id="polling"),
    pytest.param("slow_down", 400, id="polling too fast"),
    pytest.param("invalid_scope", 200, id="a success"),
    pytest.param("something_else", 400, id="another code"),
]


@pytest.mark.parametrize(("code", "status"), SILENT)
def test_silent(code: str, status: int) -> None:
    sent = refused(code, status=status, grant_type="client_credentials")
    assert not {each for each in rules(diagnosed(sent)) if each.startswith("oauth/")}


def test_a_failed_pkce_is_no_used_code() -> None:
    says = {"error": "invalid_grant", "error_description": "PKCE verification failed: mismatch"}
    sent = exchange(
        "https://id.example.com/token",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=b"grant_type=authorization_code&code=abc&code_verifier=x",
        status=400,
        json=says,
    )
    assert outcome(diagnosed(sent))[0] == "oauth/pkce-mismatch#other-verifier"
