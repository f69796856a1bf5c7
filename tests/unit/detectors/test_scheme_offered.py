from typing import Any

import pytest
from tests.exchanges import basic
from tests.unit.detectors.diagnosed import diagnosed, finding, jwt, outcome, refused, rules

TOKEN = jwt()

FIRING: list[Any] = [
    pytest.param(
        "Token abcdef0123456789", "Bearer", "auth/scheme-mismatch#not-offered", id="Token"
    ),
    pytest.param(
        "Bearer abcdef0123456789", 'Basic realm="a"', "auth/scheme-mismatch#not-offered", id="Basic"
    ),
    pytest.param(
        basic("alice:s3cret-pw"), "Bearer", "basic/token-expected#token-expected", id="password"
    ),
]


@pytest.mark.parametrize(("sent", "challenge", "verdict"), FIRING)
def test_scheme_is_not_offered(sent: str, challenge: str, verdict: str) -> None:
    diagnosis = diagnosed(refused(sent, challenge=challenge), "s3cret-pw", "abcdef0123456789")
    assert outcome(diagnosis) == (verdict, "likely")


EXPRESS_JWT = {
    "code": "credentials_bad_scheme",
    "message": "Format is Authorization: Bearer [token]",
}


@pytest.mark.parametrize(
    ("sent", "says", "verdict"),
    [
        pytest.param(
            basic("alice:s3cret-pw"),
            EXPRESS_JWT,
            "basic/token-expected#token-expected",
            id="express-jwt, Basic",
        ),
        pytest.param(f"Token {TOKEN}", EXPRESS_JWT, "auth/scheme-mismatch#not-offered", id="Token"),
        pytest.param(
            basic("alice:s3cret-pw"),
            {
                "msg": "Missing 'Bearer' type in 'Authorization' header. "
                "Expected 'Authorization: Bearer <JWT>'"
            },
            "basic/token-expected#token-expected",
            id="Flask-JWT-Extended",
        ),
    ],
)
def test_a_scheme_that_only_words_ask_for(sent: str, says: dict[str, str], verdict: str) -> None:
    item = refused(sent, challenge="", json=says)
    assert outcome(diagnosed(item, "s3cret-pw")) == (verdict, "proven")


@pytest.mark.parametrize(
    "says",
    [
        pytest.param("No authorization header, expected 'Authorization: Basic …'", id="cured"),
        pytest.param("No auth token", id="no scheme named"),
    ],
)
def test_words_that_ask_for_no_other_scheme(says: str) -> None:
    found = rules(diagnosed(refused(basic("alice:s3cret-pw"), challenge="", says=says)))
    assert not found & {"auth/scheme-mismatch", "basic/token-expected"}


@pytest.mark.parametrize(
    ("says", "certainty"),
    [
        pytest.param("Authentication credentials were not provided.", "proven", id="none came"),
        pytest.param("Unauthenticated.", "likely", id="what is said of any token"),
    ],
)
def test_a_server_that_saw_none(says: str, certainty: str) -> None:
    diagnosis = diagnosed(refused("Bearer abcdef0123456789", challenge="Token", says=says))
    assert outcome(diagnosis) == ("auth/scheme-mismatch#not-offered", certainty)


def test_a_server_that_names_no_scheme_but_reads_this_one() -> None:
    says = "Basic Authentication Failure - Reason : AUTHENTICATED_FAILED"
    sent, challenge = basic("alice:s3cret-pw"), 'OAuth realm="https%3A%2F%2Fjira.test"'
    diagnosis = diagnosed(refused(sent, challenge=challenge, says=says), "s3cret-pw")
    assert outcome(diagnosis) == ("basic/wrong-password#wrong", "likely")


SILENT: list[Any] = [
    pytest.param(f"Bearer {TOKEN}", "Bearer", id="cured"),
    pytest.param(f"bearer {TOKEN}", 'BEARER realm="x"', id="case of the challenge"),
    pytest.param("Token abcdef0123456789", "", id="nothing offered"),
    pytest.param("DPoP abcdef0123456789", "Bearer", id="DPoP at a Bearer server"),
    pytest.param(basic("a:b"), 'Bearer, Basic realm="x"', id="one of two"),
]


@pytest.mark.parametrize(("sent", "challenge"), SILENT)
def test_scheme_is_offered(sent: str, challenge: str) -> None:
    found = rules(diagnosed(refused(sent, challenge=challenge)))
    assert not found & {"auth/scheme-mismatch", "basic/token-expected"}


@pytest.mark.parametrize(
    ("sent", "says", "certainty"),
    [
        pytest.param("bearer", "", "possible", id="bare"),
        pytest.param("BEARER", "Bad Authorization header", "likely", id="not understood"),
    ],
)
def test_unusual_case(sent: str, says: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(f"{sent} {TOKEN}", says=says), TOKEN)
    assert finding(diagnosis, "auth/scheme-case").causes[0].certainty == certainty


def test_a_scheme_in_its_usual_case_is_no_mistake() -> None:
    assert "auth/scheme-case" not in rules(diagnosed(refused(f"Bearer {TOKEN}")))


def test_a_server_that_saw_no_field_may_have_got_none() -> None:
    text = "Missing authorization header. Expected Authorization: Bearer <token>"
    told = diagnosed(refused(basic("bob:s3cret-pw"), challenge="", says=text), "s3cret-pw")
    assert outcome(told) == ("basic/token-expected#token-expected", "likely")
