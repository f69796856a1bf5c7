from typing import Any

import pytest
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome, refused, rules

FIRING: list[Any] = [
    pytest.param("invalid signature", "jwt/signature-wrong-key#other-key", id="signature"),
    pytest.param("Unexpected signing method: HS256", "jwt/alg-mismatch#not-allowed", id="alg"),
    pytest.param("jwt issuer invalid. expected: x", "jwt/iss-mismatch#other-issuer", id="iss"),
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


def test_refresh_token_in_place_of_an_access_token() -> None:
    token = jwt({"token_type": "refresh"})
    diagnosis = diagnosed(refused(f"Bearer {token}"), token)
    assert outcome(diagnosis) == ("bearer/refresh-as-access#wrong-token", "likely")


def test_access_token_is_right() -> None:
    token = jwt({"token_type": "access"})
    assert "bearer/refresh-as-access" not in rules(diagnosed(refused(f"Bearer {token}")))


def test_id_token_in_place_of_an_access_token() -> None:
    token = jwt({"iss": "https://id.example.com/", "aud": "shop", "nonce": "n", "at_hash": "x"})
    assert "bearer/id-token-as-access" in rules(diagnosed(refused(f"Bearer {token}"), token))
