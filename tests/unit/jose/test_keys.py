import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.detectors.keyed import ec_key, ed_key, jwk, pem, rsa_key

from why401.jose.keys import (
    MAX_JWKS_KEYS,
    jwk_key,
    parse_entry,
    parse_jwks,
    public_key_of,
    public_members,
    texts_of,
    thumbprint,
)
from why401.keys import JwtKeys, Secret


def private_pem(key: Any, password: bytes | None = None) -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    data: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return data.decode()


KINDS: list[Any] = [
    pytest.param(rsa_key(), ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), id="RSA"),
    pytest.param(ec_key(), ("ES256",), id="P-256"),
    pytest.param(ec.generate_private_key(ec.SECP384R1()), ("ES384",), id="P-384"),
    pytest.param(ec.generate_private_key(ec.SECP521R1()), ("ES512",), id="P-521"),
    pytest.param(ec.generate_private_key(ec.SECP256K1()), ("ES256K",), id="secp256k1"),
    pytest.param(ed_key(), ("EdDSA", "Ed25519"), id="Ed25519"),
    pytest.param(ed448.Ed448PrivateKey.generate(), ("EdDSA", "Ed448"), id="Ed448"),
]


@pytest.mark.parametrize(("key", "algorithms"), KINDS)
@pytest.mark.parametrize("write", [pem, private_pem])
def test_algorithms_follow_from_the_key(key: Any, algorithms: tuple[str, ...], write: Any) -> None:
    parsed = parse_entry(JwtKeys("credentials.jwt[0]", key=write(key)))
    assert [each.algorithms for each in parsed.keys] == [algorithms]
    assert parsed.keys[0].place == "config.credentials.jwt[0].key"
    assert (parsed.pem is None) == (write is private_pem)


BAD = [
    pytest.param("", id="empty"),
    pytest.param("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", id="broken"),
    pytest.param(private_pem(rsa_key(), b"secret"), id="under a password"),
    pytest.param(pem(dsa.generate_private_key(1024)), id="DSA"),
    pytest.param("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----", id="certificate"),
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_key_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        public_key_of(text)
    assert parse_entry(JwtKeys("x", key=text)).problem is not None


def test_secret_is_never_shown() -> None:
    parsed = parse_entry(JwtKeys("x", secret=Secret("x.secret", "not-to-be-shown")))
    assert "not-to-be-shown" not in repr(parsed)


def b64(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


HOSTILE: list[Any] = [
    pytest.param({"kty": "RSA", "n": b64((1 << 16000) + 1), "e": "AQAB"}, id="giant modulus"),
    pytest.param({"kty": "RSA", "n": b64((1 << 511) + 1), "e": "AQAB"}, id="tiny modulus"),
    pytest.param({"kty": "RSA", "n": jwk(rsa_key())["n"], "e": b64((1 << 64) + 1)}, id="giant e"),
    pytest.param({"kty": "RSA"}, id="no numbers"),
    pytest.param({"kty": "RSA", "n": "é", "e": "AQAB"}, id="no base64"),
    pytest.param({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, id="short point"),
    pytest.param({"kty": "EC", "crv": "P-256", "x": b64(1 << 255), "y": b64(1 << 255)}, id="off"),
    pytest.param({"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"}, id="unknown curve"),
    pytest.param({"kty": "OKP", "crv": "Ed25519", "x": "AA"}, id="short Ed25519"),
    pytest.param({"kty": "oct", "k": "AAAA"}, id="secret"),
    pytest.param({"kty": 7}, id="number"),
    pytest.param({}, id="empty"),
]


@pytest.mark.parametrize("key", HOSTILE)
def test_unusable_jwk_is_left_out(key: dict[str, Any]) -> None:
    assert jwk_key(key, "p") is None


def test_document_is_read_within_limits() -> None:
    good = jwk(rsa_key(), kid="1")
    keys = [{**good, "kid": str(number)} for number in range(2 * MAX_JWKS_KEYS)]
    assert len(public_members({"keys": keys})) == MAX_JWKS_KEYS
    assert (
        public_members({"keys": [None, 7, {**good, "use": "enc"}, {**good, "key_ops": []}]}) == ()
    )
    assert public_members({"keys": "no list"}) == public_members({}) == ()
    assert public_members({"keys": [{**good, "d": "private"}]})[0].get("d") is None


def test_shared_secret_counts_in_a_configured_document_alone() -> None:
    document = {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "1"}]}
    assert [key.kid for key in parse_jwks(document, "p")] == ["1"]
    assert public_members(document) == ()


def test_texts_of_a_public_key() -> None:
    parsed = parse_entry(JwtKeys("x", key=pem(rsa_key())))
    texts = {data: name for name, data in texts_of(parsed.keys[0], parsed.pem)}
    assert texts[pem(rsa_key()).encode()] == "PEM"
    assert "DER" in texts.values()
    assert texts_of(parse_entry(JwtKeys("x", secret=Secret("x", "y"))).keys[0], None) == ()


def test_thumbprint_of_the_example() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    # RFC 7638 section 3.1
    key = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@given(st.dictionaries(st.sampled_from(["kty", "n", "e", "x", "y", "crv", "kid"]), st.one_of(
    st.sampled_from(["RSA", "EC", "OKP", "P-256", "Ed25519", "X25519"]), st.text(max_size=9),
    st.integers(), st.none(),
)))  # fmt: skip
def test_no_jwk_makes_it_fail(key: dict[str, Any]) -> None:
    jwk_key(key, "p")
    thumbprint(key)
    parse_jwks({"keys": [key]}, "p")
