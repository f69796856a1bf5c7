from typing import Any

import pytest
from tests.unit.detectors.diagnosed import diagnosed, finding, jwt, outcome, refused, rules

OPAQUE = "abcdef0123456789"
INVALID = 'Bearer error="invalid_token"'

FIRING: list[Any] = [
    pytest.param(
        OPAQUE, {"challenge": INVALID}, "invalid-token-opaque#expired", "possible", id="why"
    ),
    pytest.param(
        OPAQUE,
        {"says": "token has been revoked"},
        "invalid-token-opaque#revoked",
        "likely",
        id="revoked",
    ),
    pytest.param(
        OPAQUE, {"says": "jwt malformed"}, "opaque-where-jwt#not-a-jwt", "proven", id="wants a JWT"
    ),
    pytest.param("abc$def0123456789", {}, "charset#character", "likely", id="character"),
    pytest.param(
        "21|abcdef0123456789",
        {"says": "Wrong number of segments"},
        "opaque-where-jwt#not-a-jwt",
        "proven",
        id="an odd character, but what counts is that it is no JWT",
    ),
    pytest.param("https://api.example.com/v1", {}, "url-as-token#wrong-field", "likely", id="URL"),
    pytest.param(
        jwt({"cnf": {"jkt": "x"}}), {}, "dpop-bound-sent-as-bearer#no-proof", "likely", id="DPoP"
    ),
    pytest.param(
        jwt({"cnf": {"x5t#S256": "x"}}), {}, "mtls-bound#no-certificate", "possible", id="mTLS"
    ),
]


@pytest.mark.parametrize(("token", "parts", "verdict", "certainty"), FIRING)
def test_kind_of_token(token: str, parts: dict[str, Any], verdict: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(f"Bearer {token}", **parts), token)
    assert outcome(diagnosis) == (f"bearer/{verdict}", certainty)


def test_tokens_of_x_are_sent_as_they_are() -> None:
    token = "A" * 22 + "AMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI%3DEUifiRBkKG5E2XzMDjRf"
    assert "bearer/charset" not in rules(diagnosed(refused(f"Bearer {token}"), token))


DPOP_OFFERED: list[Any] = [
    pytest.param("", "proven", id="nothing else is said"),
    pytest.param("the token was revoked", "likely", id="another reason is named"),
]


@pytest.mark.parametrize(("says", "certainty"), DPOP_OFFERED)
def test_bound_token_where_proofs_are_offered(says: str, certainty: str) -> None:
    token = jwt({"cnf": {"jkt": "x"}})
    sent = refused(f"Bearer {token}", challenge='DPoP algs="ES256"', says=says)
    found = finding(diagnosed(sent, token), "bearer/dpop-bound-sent-as-bearer")
    assert found.causes[0].certainty == certainty


@pytest.mark.parametrize(("token", "parts", "verdict", "certainty"), FIRING)
def test_sound_jwt(
    token: str,
    parts: dict[str, Any],
    verdict: str,
    certainty: str,
) -> None:
    rule = f"bearer/{verdict.partition('#')[0]}"
    parts = {name: value for name, value in parts.items() if name != "says"}
    assert rule not in rules(diagnosed(refused(f"Bearer {jwt()}", **parts)))


def test_better_explanation_silences_the_general() -> None:
    sent = refused("Bearer {{token}}", challenge=INVALID)
    assert rules(diagnosed(sent)) == {"auth/placeholder"}


def test_echoed_token_is_masked_in_the_servers_words() -> None:
    sent = refused(f"Bearer {OPAQUE}", says=f"jwt malformed: {OPAQUE}")
    diagnosed(sent, OPAQUE)
