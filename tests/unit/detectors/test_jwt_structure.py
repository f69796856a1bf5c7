from typing import Any

import pytest
from tests.exchanges import AT_S, b64url
from tests.unit.detectors.diagnosed import diagnosed, finding, jwt, outcome, refused, rules

TOKEN = jwt()
SIGNED, _, SIGNATURE = TOKEN.rpartition(".")
HEADER, CLAIMS, _ = TOKEN.split(".")
DER = b"\x30\x44\x02\x20" + b"\x11" * 32 + b"\x02\x20" + b"\x22" * 32
NOW = int(AT_S)

FIRING: list[Any] = [
    pytest.param(f"{HEADER}.!!!.{SIGNATURE}", "malformed", "not-a-jwt", "proven", id="no base64"),
    pytest.param(SIGNED, "two-segments", "no-signature", "proven", id="two parts"),
    pytest.param(f"{SIGNED}.", "empty-signature", "not-signed", "proven", id="no signature"),
    pytest.param(f"{SIGNED}.{SIGNATURE}=", "padding", "padding", "possible", id="padding"),
    pytest.param(
        f"{b64url({'alg': 'ES256'})}.{CLAIMS}.{b64url(DER)}",
        "es256-der-signature",
        "der",
        "likely",
        id="DER",
    ),
    pytest.param(
        f"{b64url({'alg': 'HS512'})}.{CLAIMS}.{SIGNATURE}",
        "signature-length",
        "other-algorithm",
        "likely",
        id="length of another algorithm",
    ),
    pytest.param(
        f"{b64url({'alg': 'none'})}.{CLAIMS}.", "alg-none", "not-signed", "likely", id="none"
    ),
    pytest.param(
        f"{b64url({'alg': 'dir', 'enc': 'A256GCM'})}.a.b.c.d",
        "jwe-not-jws",
        "encrypted",
        "likely",
        id="JWE",
    ),
    pytest.param(jwt(header={"alg": "hs256"}), "alg-case", "alg-case", "likely", id="case"),
    pytest.param(
        jwt(header={"alg": "HS256", "kid": 7}), "kid-type", "kid-type", "possible", id="kid"
    ),
    pytest.param(
        jwt(header={"alg": "HS256", "crit": ["x"]}),
        "crit-unsupported",
        "crit-unsupported",
        "possible",
        id="crit",
    ),
    pytest.param(jwt({"sub": 7}), "claim-type", "claim-type", "possible", id="sub is a number"),
    pytest.param(
        jwt({"exp": str(NOW + 60)}), "time-is-string", "time-is-string", "likely", id="text"
    ),
    pytest.param(
        jwt({"iat": NOW * 1000}),
        "time-in-milliseconds",
        "time-in-milliseconds",
        "likely",
        id="milliseconds",
    ),
    pytest.param(
        jwt({"exp": NOW * 1000}),
        "time-in-milliseconds",
        "time-in-milliseconds",
        "possible",
        id="only exp in milliseconds",
    ),
    pytest.param(
        jwt({"exp": NOW * 10**9}),
        "time-in-micro-or-nano",
        "time-in-micro-or-nano",
        "likely",
        id="nanoseconds",
    ),
    pytest.param(
        jwt({"iat": NOW - 60, "exp": NOW - 60}),
        "exp-zero-lifetime",
        "exp-zero-lifetime",
        "likely",
        id="no lifetime",
    ),
]


@pytest.mark.parametrize(("token", "rule", "cause", "certainty"), FIRING)
def test_defect_is_the_verdict(token: str, rule: str, cause: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(f"Bearer {token}"), token)
    assert outcome(diagnosis) == (f"jwt/{rule}#{cause}", certainty)


@pytest.mark.parametrize(("token", "rule", "cause", "certainty"), FIRING)
def test_accepted(token: str, rule: str, cause: str, certainty: str) -> None:
    assert diagnosed(refused(f"Bearer {token}", challenge="", status=200)).findings == ()


def test_sound_token_has_no_defect() -> None:
    assert rules(diagnosed(refused(f"Bearer {TOKEN}"), TOKEN)) == {"auth/unknown"}


def test_words_that_agree_prove_alg_none() -> None:
    token = f"{b64url({'alg': 'none'})}.{CLAIMS}."
    diagnosis = diagnosed(refused(f"Bearer {token}", says="invalid algorithm"), token)
    assert outcome(diagnosis) == ("jwt/alg-none#not-signed", "proven")


def test_huge_number_is_our_limit_and_proves_nothing() -> None:
    token = jwt({"n": 10**30})
    assert outcome(diagnosed(refused(f"Bearer {token}"), token)) == (
        "jwt/malformed#not-a-jwt",
        "likely",
    )


def test_large_token_is_the_cause_where_the_server_says_so() -> None:
    token = jwt({"groups": ["g" * 40] * 200})
    sent = refused(f"Bearer {token}", status=431, challenge="Bearer")
    assert finding(diagnosed(sent, token), "jwt/too-large").causes[0].certainty == "proven"
