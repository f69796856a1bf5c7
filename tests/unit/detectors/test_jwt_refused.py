from typing import Any

import pytest
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome, refused, rules

FIRING: list[Any] = [
    pytest.param("invalid signature", "jwt/signature-wrong-key#other-key", id="signature"),
    pytest.param("Unexpected signing method: HS256", "jwt/alg-mismatch#not-allowed", id="alg"),
    pytest.param("Invalid issuer", "jwt/iss-mismatch#other-issuer", id="iss"),
    pytest.param("Audience doesn't match", "jwt/aud-mismatch#other-audience", id="aud"),
    pytest.param("unable to find a signing key", "jwt/kid-unknown#unknown", id="kid"),
    pytest.param("Token has been revoked", "bearer/revoked#revoked", id="revoked"),
]


@pytest.mark.parametrize(("says", "verdict"), FIRING)
def test_words_about_a_sound_token_are_likely(says: str, verdict: str) -> None:
    token = jwt()
    assert outcome(diagnosed(refused(f"Bearer {token}", says=says), token)) == (verdict, "likely")


@pytest.mark.parametrize(("says", "verdict"), FIRING)
def test_other_words(says: str, verdict: str) -> None:
    sent = refused(f"Bearer {jwt()}", says="Unauthorized")
    assert rules(diagnosed(sent)) == {"auth/unknown"}


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        (
            "token signature is invalid: signing method HS256 is invalid",
            "jwt/alg-mismatch#not-allowed",
        ),
        (
            "IDX10501: Signature validation failed. Unable to match key",
            "jwt/kid-unknown#unknown",
        ),
    ],
)
def test_the_more_specific_of_two_words_comes_first(says: str, verdict: str) -> None:
    assert diagnosed(refused(f"Bearer {jwt()}", says=says)).verdict == verdict


def test_refresh_token_in_place_of_an_access_token() -> None:
    token = jwt({"token_type": "refresh"})
    diagnosis = diagnosed(refused(f"Bearer {token}"), token)
    assert outcome(diagnosis) == ("bearer/refresh-as-access#wrong-token", "likely")


@pytest.mark.parametrize(
    ("claim", "verdict", "certainty"),
    [
        pytest.param("refresh", "bearer/refresh-as-access#wrong-token", "proven", id="it is one"),
        pytest.param("access", "auth/unknown#refused", "possible", id="it is none"),
    ],
)
def test_server_says_that_it_takes_no_refresh_token(
    claim: str, verdict: str, certainty: str
) -> None:
    sent = refused(
        f"Bearer {jwt({'token_type': claim})}", says="Only non-refresh tokens are allowed"
    )
    assert outcome(diagnosed(sent)) == (verdict, certainty)


@pytest.mark.parametrize(
    ("says", "status", "certainty"),
    [
        pytest.param("Document signature is invalid", 403, "possible", id="of a document"),
        pytest.param("invalid signature", 403, "likely", id="no more than that"),
        pytest.param("JWT signature is invalid", 403, "likely", id="of the token"),
        pytest.param("signature is invalid", 401, "likely", id="401"),
    ],
)
def test_a_403_may_speak_of_another_signature(says: str, status: int, certainty: str) -> None:
    sent = refused(f"Bearer {jwt({'aud': 'a'})}", says=says, status=status, challenge="")
    assert diagnosed(sent).certainty == certainty


def test_a_token_that_the_server_echoes_is_masked() -> None:
    token = jwt({"token_type": "refresh"})
    says = f"{'x' * 150} Only non-refresh tokens are allowed, not {token}"
    diagnosis = diagnosed(refused(f"Bearer {token}", says=says), token, token[:12])
    assert outcome(diagnosis) == ("bearer/refresh-as-access#wrong-token", "proven")


def test_access_token_is_right() -> None:
    token = jwt({"token_type": "access"})
    assert "bearer/refresh-as-access" not in rules(diagnosed(refused(f"Bearer {token}")))


def test_id_token_in_place_of_an_access_token() -> None:
    token = jwt({"iss": "https://id.example.com/", "aud": "shop", "nonce": "n", "at_hash": "x"})
    assert "bearer/id-token-as-access" in rules(diagnosed(refused(f"Bearer {token}"), token))


APPROVED = {"aud": "orders", "iss": "https://id.example.com/"}
NAMED: list[Any] = [
    pytest.param(
        {"aud": "cart"},
        "jwt audience invalid. expected: orders",
        "jwt/aud-mismatch#server-wants",
        id="jsonwebtoken",
    ),
    pytest.param(
        {"aud": ["cart", "stock"]},
        "jwt audience invalid. expected: orders or /^x$/",
        "jwt/aud-mismatch#server-wants",
        id="jsonwebtoken, a list",
    ),
    pytest.param(
        {"aud": "cart"},
        "The audience 'cart' is invalid",
        "jwt/aud-mismatch#other-audience",
        id="ASP.NET echoes",
    ),
    pytest.param(
        {"aud": "cart"},
        "IDX10214: Audience validation failed. Audiences: 'cart'. Did not match: "
        "validationParameters.ValidAudience: 'orders' or "
        "validationParameters.ValidAudiences: 'null'.",
        "jwt/aud-mismatch#server-wants",
        id="Microsoft.IdentityModel",
    ),
    pytest.param(
        {"iss": "https://other.example.com/"},
        "IDX10205: Issuer validation failed. Issuer: 'https://other.example.com/'. Did not match: "
        "validationParameters.ValidIssuer: 'https://id.example.com/' or null.",
        "jwt/iss-mismatch#server-wants",
        id="Microsoft.IdentityModel, issuer",
    ),
    pytest.param(
        {"iss": "https://id.example.com"},
        "jwt issuer invalid. expected: https://id.example.com/",
        "jwt/iss-trailing-slash#spelt-otherwise",
        id="a slash",
    ),
    pytest.param(
        {"aud": "api://orders"},
        "Invalid audience. Expected orders, received api://orders",
        "jwt/aud-shape#spelt-otherwise",
        id="ruby-jwt",
    ),
    pytest.param(
        {"aud": None},
        "Expected aud claim to be: orders, but was: null.",
        "jwt/aud-missing#missing",
        id="jjwt",
    ),
    pytest.param(
        {"aud": "other-project"},
        'Firebase ID token has incorrect "aud" (audience) claim. Expected "orders" but got '
        '"other-project".',
        "jwt/aud-mismatch#server-wants",
        id="Firebase",
    ),
    pytest.param(
        {"iss": "http://inside:8080/realms/a"},
        "Invalid token issuer. Expected 'https://sso.example.com/realms/a', but was "
        "'http://inside:8080/realms/a'",
        "jwt/iss-mismatch#server-wants",
        id="Keycloak",
    ),
]


@pytest.mark.parametrize(("claims", "says", "verdict"), NAMED)
def test_values_that_the_server_names_agree_with_the_token(
    claims: dict[str, Any], says: str, verdict: str
) -> None:
    token = jwt({**APPROVED, **claims})
    sent = refused(f"Bearer {token}", says=says)
    assert outcome(diagnosed(sent, token)) == (verdict, "proven")


CONTRADICTED: list[Any] = [
    pytest.param("jwt audience invalid. expected: orders", "jwt/aud-mismatch", id="expected"),
    pytest.param("The audience 'cart' is invalid", "jwt/aud-mismatch", id="echoed"),
    pytest.param("The issuer 'https://evil/' is invalid", "jwt/iss-mismatch", id="issuer"),
]


@pytest.mark.parametrize(("says", "rule"), CONTRADICTED)
def test_words_that_contradict_the_token_are_told_and_prove_nothing(says: str, rule: str) -> None:
    diagnosis = diagnosed(refused(f"Bearer {jwt(APPROVED)}", says=says))
    assert outcome(diagnosis) == (f"{rule}#words-disagree", "possible")


def test_the_named_value_of_one_of_several_credentials_is_likely() -> None:
    sent = refused(
        f"Bearer {jwt({**APPROVED, 'aud': 'cart'})}",
        says="jwt audience invalid. expected: orders",
        headers={"X-Api-Key": "k" * 32},
    )
    assert outcome(diagnosed(sent)) == ("jwt/aud-mismatch#server-wants", "likely")
