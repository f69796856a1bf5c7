import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchanges import b64url
from tests.unit.detectors.keyed import ec_key, jwk, pem, rsa_key, token

from why401.credentials.jwt import decode_jwt
from why401.jose.keyring import JwtKeyring
from why401.jose.verify import (
    MAX_CHECKS,
    MAX_HMACS,
    Verification,
    family,
    is_signed_by,
    verification,
)
from why401.keys import JwtKeys, Secret


def verified(sent: str, *entries: JwtKeys, host: str = "api.example.com") -> Verification:
    return verification(decode_jwt(sent), entries, JwtKeyring(), host)


def entry(label: str = "a", **values: Any) -> JwtKeys:
    return JwtKeys(label, **values)


FAMILIES = [
    pytest.param("HS256", "secret", id="HMAC"),
    pytest.param("PS512", "RSA", id="RSA"),
    pytest.param("ES256K", "EC", id="EC"),
    pytest.param("Ed25519", "Ed", id="Ed"),
    pytest.param("none", None, id="none"),
    pytest.param("hs256", None, id="case"),
    pytest.param(None, None, id="absent"),
]


@pytest.mark.parametrize(("alg", "kind"), FAMILIES)
def test_family(alg: str | None, kind: str | None) -> None:
    assert family(alg) == kind


def test_work_is_bounded_however_many_keys_there_are() -> None:
    numbers = range(4 * MAX_CHECKS)
    keys = [{**jwk(rsa_key("other"), kid=str(number))} for number in numbers]
    entries = [entry(host="api.example.com", jwks={"keys": keys})]
    entries += [entry(f"s{n}", host="b", secret=Secret("s", "s" * 40 + str(n))) for n in numbers]
    for sent in (token(rsa_key()), token("k" * 40, "HS256")):
        started = time.perf_counter()
        assert verified(sent, *entries).tried <= MAX_CHECKS + MAX_HMACS
        assert time.perf_counter() - started < 1


ODD: list[Any] = [
    pytest.param(f"{b64url({'alg': 'RS256'})}.{b64url({'a': 1})}.AAAA", id="short signature"),
    pytest.param(f"{b64url({'alg': 'ES256'})}.{b64url({'a': 1})}.{'A' * 86}", id="zeros"),
    pytest.param(f"{b64url({'alg': 'EdDSA'})}.{b64url({'a': 1})}.{'A' * 86}", id="EdDSA"),
    pytest.param(f"{b64url({'alg': 'XX256'})}.{b64url({'a': 1})}.AAAA", id="unknown alg"),
    pytest.param(f"{b64url({'alg': ['RS256']})}.{b64url({'a': 1})}.AAAA", id="alg a list"),
    pytest.param(f"{b64url({'alg': 'HS256', 'kid': {}})}.{b64url({'iss': 7})}.AAAA", id="types"),
    pytest.param(f"{b64url({'alg': 'HS256'})}.{b64url({'a': 1})}.{'A' * 9000}", id="giant"),
    pytest.param(f"{b64url({'alg': 'HS256'})}.\udce9.AAAA", id="lone surrogate"),
    pytest.param(token(rsa_key(), header={"kid": "1"}).replace(".", "..", 1), id="four parts"),
]
ALL = (
    entry(host="*", key=pem(rsa_key())),
    entry(host="api.example.com", key=pem(ec_key())),
    entry(host="api.example.com", secret=Secret("s", "é" * 20)),
    entry(host="api.example.com", jwks={"keys": [{"kty": "RSA"}, None, 7]}),
    entry(host="api.example.com", key="no key"),
)


@pytest.mark.parametrize("sent", ODD)
def test_odd_token_is_never_valid(sent: str) -> None:
    assert verified(sent, *ALL).status in ("mismatch", "unverifiable")


@settings(max_examples=100)
@given(
    st.sampled_from(["HS256", "RS256", "PS512", "ES256", "ES256K", "EdDSA", "none", "x"]),
    st.binary(max_size=300),
    st.one_of(st.none(), st.text(max_size=5), st.integers()),
)
def test_made_up_signature_is_never_valid(alg: str, signature: bytes, kid: object) -> None:
    head = b64url({"alg": alg, "kid": kid})
    sent = f"{head}.{b64url({'sub': 'u'})}.{b64url(signature)}"
    found = verified(sent, *ALL)
    assert found.status != "valid"
    assert found.made_by is None


def test_key_of_another_kind_cannot_tell() -> None:
    (key,) = JwtKeyring().parsed((entry(key=pem(ec_key())),))[0].keys
    assert is_signed_by(decode_jwt(token(rsa_key())), key) is None
    assert is_signed_by(decode_jwt(token(ec_key(), "ES256")), key) is True
    assert is_signed_by(decode_jwt(token(ec_key("other"), "ES256")), key) is False
