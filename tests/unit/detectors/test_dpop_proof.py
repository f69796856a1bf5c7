import base64
import hashlib
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.detectors.diagnosed import outcome, refused, rules
from tests.unit.detectors.keyed import NOW, diagnosed, ec_key, jwk, rsa_key, token

from why401.detectors.dpop_proof import normal_url, token_hash
from why401.jose.keys import thumbprint
from why401.keys import Keys
from why401.model import Diagnosis

URL = "https://api.example.com/orders?page=2"
HTU = "https://api.example.com/orders"
ACCESS = "an-opaque-access-token"


def proof(
    claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None, key: Any = None
) -> str:
    """Return a proof that fits URL and ACCESS but for what is changed; None leaves out."""
    made = {"jti": "j1", "htm": "GET", "htu": HTU, "iat": NOW, "ath": token_hash(ACCESS)}
    made = {name: value for name, value in {**made, **(claims or {})}.items() if value is not None}
    head = {"typ": "dpop+jwt", "jwk": jwk(ec_key()), **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    return pyjwt.encode(made, key or ec_key(), algorithm="ES256", headers=head)


def judged(
    *proofs: str, access: str = ACCESS, before: tuple[Any, ...] = (), **parts: Any
) -> Diagnosis:
    headers = [("DPoP", each) for each in proofs]
    exchange = _exchange(f"DPoP {access}", headers, **parts)
    made: Diagnosis = diagnosed(exchange, Keys(), *before, hide=(access, *proofs))
    return made


def _exchange(authorization: str, headers: list[tuple[str, str]], **parts: Any) -> Any:
    from tests.exchanges import exchange, http_date

    challenge = parts.pop("challenge", 'DPoP algs="ES256"')
    response_headers = [("Date", http_date(NOW)), ("WWW-Authenticate", challenge)]
    response_headers += parts.pop("response_headers", [])
    return exchange(
        parts.pop("url", URL),
        headers=[("Authorization", authorization), *headers],
        status=parts.pop("status", 401),
        response_headers=response_headers,
        **parts,
    )


PRIVATE = {**jwk(ec_key()), "d": "AA"}
FIRING: list[Any] = [
    pytest.param((), "missing", "proven", id="no proof"),
    pytest.param((proof(), proof()), "several", "proven", id="two proofs"),
    pytest.param(("eyJub3QiOiJh",), "not-a-jwt", "proven", id="no JWT"),
    pytest.param((proof(header={"typ": "JWT"}),), "typ", "likely", id="typ"),
    pytest.param((proof(header={"jwk": None}),), "no-jwk", "likely", id="no jwk"),
    pytest.param((proof(header={"jwk": PRIVATE}),), "private-key", "likely", id="private jwk"),
    pytest.param((proof(key=ec_key("other")),), "signature", "proven", id="signature"),
    pytest.param((proof({"htm": "POST"}),), "htm", "likely", id="method"),
    pytest.param((proof({"htu": "http://api.example.com/orders"}),), "htu", "likely", id="http"),
    pytest.param(
        (proof({"htu": "https://api.example.com/v1/orders"}),), "htu", "likely", id="path"
    ),
    pytest.param((proof({"iat": NOW - 900}),), "iat", "likely", id="old"),
    pytest.param((proof({"iat": NOW + 90}),), "iat", "possible", id="early"),
    pytest.param((proof({"jti": None}),), "jti", "likely", id="no jti"),
    pytest.param((proof({"ath": None}),), "ath-missing", "likely", id="no ath"),
    pytest.param((proof({"ath": token_hash("older")}),), "ath", "proven", id="ath"),
]


@pytest.mark.parametrize(("proofs", "cause", "certainty"), FIRING)
def test_check_that_fails(proofs: tuple[str, ...], cause: str, certainty: str) -> None:
    diagnosis = judged(*proofs)
    assert outcome(diagnosis) == (f"bearer/dpop-proof-invalid#{cause}", certainty)


@pytest.mark.parametrize(("proofs", "cause", "certainty"), FIRING)
def test_stated_by_the_server_as_well(proofs: tuple[str, ...], cause: str, certainty: str) -> None:
    diagnosis = judged(*proofs, challenge='DPoP error="invalid_dpop_proof"')
    # The words do not tell what may be harmless from a fault that nobody sees here.
    expected = "likely" if certainty == "possible" else "proven"
    assert outcome(diagnosis) == (f"bearer/dpop-proof-invalid#{cause}", expected)


def test_a_nonce_handed_out_anew_does_not_explain_an_invalid_proof() -> None:
    diagnosis = judged(
        proof({"nonce": "the one before"}),
        challenge='DPoP error="invalid_dpop_proof"',
        response_headers=[("DPoP-Nonce", "the next")],
    )
    assert outcome(diagnosis) == ("bearer/dpop-proof-invalid#nonce", "likely")


CURED: list[Any] = [
    pytest.param({}, {}, id="all right"),
    pytest.param({"htu": URL}, {}, id="htu with query"),
    pytest.param({"htu": "HTTPS://API.example.com:443/orders"}, {}, id="htu not in normal form"),
    pytest.param({"iat": NOW - 30}, {}, id="half a minute old"),
]


@pytest.mark.parametrize(("claims", "header"), CURED)
def test_sound_proof(claims: dict[str, Any], header: dict[str, Any]) -> None:
    diagnosis = judged(proof(claims, header))
    assert "bearer/dpop-proof-invalid" not in rules(diagnosis)
    assert [check.status for check in diagnosis.signatures if check.scheme == "dpop"] == ["valid"]


@pytest.mark.parametrize("own", [True, False])
def test_key_to_which_the_token_is_bound(own: bool) -> None:
    bound = thumbprint(jwk(ec_key() if own else ec_key("other")))
    access = token(rsa_key(), claims={"cnf": {"jkt": bound}})
    diagnosis = judged(proof({"ath": token_hash(access)}), access=access)
    expected = ("bearer/dpop-proof-invalid#jkt", "proven")
    assert (outcome(diagnosis) == expected) != own


def test_proof_sent_twice() -> None:
    first = _exchange(f"DPoP {ACCESS}", [("DPoP", proof())], id="first")
    diagnosis = judged(proof(), before=(first,))
    assert outcome(diagnosis) == ("bearer/dpop-proof-invalid#replayed", "likely")
    fresh = judged(proof({"jti": "j2"}), before=(first,))
    assert "bearer/dpop-proof-invalid" not in rules(fresh)


def test_invalid_by_the_words_alone() -> None:
    diagnosis = judged(proof(), challenge='DPoP error="invalid_dpop_proof"')
    assert outcome(diagnosis) == ("bearer/dpop-proof-invalid#proof", "likely")
    endpoint = refused(
        status=400, challenge="", json={"error": "invalid_dpop_proof"}, method="POST"
    )
    assert outcome(diagnosed(endpoint, Keys())) == ("bearer/dpop-proof-invalid#proof", "likely")


def test_nonce_that_is_asked_for_has_a_rule_of_its_own() -> None:
    diagnosis = judged(proof({"htm": "POST"}), challenge='DPoP error="use_dpop_nonce"')
    assert "bearer/dpop-proof-invalid" not in rules(diagnosis)
    stale = judged(proof({"nonce": "old"}), response_headers=[("DPoP-Nonce", "new")])
    assert outcome(stale) == ("bearer/dpop-proof-invalid#nonce", "possible")


def test_hash_of_a_token() -> None:
    # RFC 9449 section 7.1
    assert token_hash("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU") == (
        "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    )


def test_a_thumbprint_is_that_of_rfc_7638() -> None:
    for key in (rsa_key(), ec_key(), ec.generate_private_key(ec.SECP521R1())):
        public = jwk(key)
        names = ("e", "kty", "n") if public["kty"] == "RSA" else ("crv", "kty", "x", "y")
        text = "{" + ",".join(f'"{name}":"{public[name]}"' for name in names) + "}"
        digest = hashlib.sha256(text.encode()).digest()
        made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert thumbprint({**public, "kid": "1", "alg": "x"}) == made
    assert thumbprint({"kty": "EC", "crv": "P-256"}) is None
    assert thumbprint({"kty": "oct", "k": "AA"}) is None


NORMAL: list[Any] = [
    pytest.param("https://a.example/b/../c", "https://a.example/c", id="dots"),
    pytest.param("http://a.example:80", "http://a.example/", id="empty path"),
    pytest.param("https://a.example/%7Eb", "https://a.example/~b", id="escapes"),
    pytest.param("/orders", None, id="no URL"),
    pytest.param("https://[::1", None, id="broken"),
]


@pytest.mark.parametrize(("url", "normal"), NORMAL)
def test_normal_form(url: str, normal: str | None) -> None:
    assert normal_url(url) == normal


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.text("abc/%~._-é ", max_size=12),
    st.integers(-40, 40),
    st.booleans(),
)
def test_a_proof_made_right_is_never_proven_wrong(
    method: str, path: str, age_s: int, is_stated: bool
) -> None:
    from urllib.parse import quote

    url = f"https://api.example.com/{quote(path)}"
    made = proof({"htm": method, "htu": url, "iat": NOW - age_s})
    error = ', error="invalid_dpop_proof"' if is_stated else ""
    diagnosis = judged(made, url=url, method=method, challenge=f'DPoP algs="ES256"{error}')
    found = [each for each in diagnosis.findings if each.rule == "bearer/dpop-proof-invalid"]
    assert all(cause.certainty != "proven" for each in found for cause in each.causes)
