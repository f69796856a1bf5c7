import base64
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.jwt import decode_jwt, is_der_signature, is_probably_jwt

SIGNATURE = bytes(range(32))


def part(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(header: Any = None, claims: Any = None, signature: bytes = SIGNATURE) -> str:
    header = {"alg": "HS256", "typ": "JWT"} if header is None else header
    return f"{part(header)}.{part({'sub': '1'} if claims is None else claims)}.{part(signature)}"


RFC7515 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
RFC7519_NONE = (
    "eyJhbGciOiJub25lIn0."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
)
RFC7516 = (
    "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJ"
    ".48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji."
    "XFBoMYUZodetZdvTiFvSkQ"
)


def test_rfc_7515_a1() -> None:
    found = decode_jwt(RFC7515)
    assert found.header == {"typ": "JWT", "alg": "HS256"}
    assert found.claims == {
        "iss": "joe",
        "exp": 1300819380,
        "http://example.com/is_root": True,
    }
    assert found.signature is not None
    assert found.signature[:4] == bytes([116, 24, 223, 180])
    assert found.signing_input == RFC7515.rpartition(".")[0].encode()
    assert (found.parts, found.problems, found.format, found.alg) == (3, (), "jwt", "HS256")


def der_signature() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).sign(b"x", ec.ECDSA(hashes.SHA256()))


CASES = [
    pytest.param(token(), (), id="good"),
    pytest.param(RFC7519_NONE, ("alg-none",), id="RFC 7519 6.1 none"),
    pytest.param(token({"alg": "NoNe"}, signature=b""), ("alg-none",), id="none in odd case"),
    pytest.param(RFC7516, ("jwe-not-jws",), id="RFC 7516 A.1"),
    pytest.param("", ("malformed",), id="empty"),
    pytest.param("abc", ("malformed",), id="one part"),
    pytest.param("a.b.c.d", ("malformed",), id="four parts"),
    pytest.param(token() + ".x.y", ("malformed",), id="five parts without enc"),
    pytest.param(token().rpartition(".")[0], ("two-segments",), id="two parts"),
    pytest.param(token(signature=b""), ("empty-signature",), id="trailing dot"),
    pytest.param(token() + "=", ("padding",), id="padding"),
    pytest.param(token(signature=b"\xff" * 32).replace("_", "/"), ("standard-base64",), id="slash"),
    pytest.param(token()[:-1] + "9", ("non-canonical-base64",), id="spare bits"),
    pytest.param(token(claims=b"{x}"), ("malformed",), id="claims not JSON"),
    pytest.param(token(claims=[1]), ("malformed",), id="claims an array"),
    pytest.param(token(header=[1]), ("malformed",), id="header an array"),
    pytest.param(token() + "\u00e9", ("malformed",), id="foreign character"),
    pytest.param(token() + "\udc80", ("malformed",), id="lone surrogate"),
    pytest.param(token(claims=b'{"a":1,"a":2}'), ("duplicate-key",), id="repeated claim"),
    pytest.param(token(claims=b'{"exp":NaN}'), ("malformed", "bad-number"), id="NaN"),
    pytest.param(token(claims=b"[" * 40), ("malformed", "too-deep"), id="deep"),
    pytest.param(token(claims={"a": "x" * 17_000}), ("too-large",), id="claims over 16 KiB"),
    pytest.param("eyJ" + "a" * 40_000, ("too-large",), id="over 32 KiB"),
    pytest.param(token({"alg": "hs256"}), ("alg-case",), id="alg in lower case"),
    pytest.param(token({"typ": "JWT"}), ("alg-missing",), id="no alg"),
    pytest.param(token({"alg": 1}), ("alg-missing",), id="alg a number"),
    pytest.param(token({"alg": "HS256", "kid": 7}), ("kid-type",), id="kid a number"),
    pytest.param(token({"alg": "HS256", "crit": ["b64"]}), ("crit-unsupported",), id="crit"),
    pytest.param(
        token({"alg": "HS256", "jku": "https://evil.example/k"}, {"iss": "https://id.example"}),
        ("header-tampered",),
        id="jku elsewhere",
    ),
    pytest.param(
        token({"alg": "HS256", "jku": "https://id.example/k"}, {"iss": "https://id.example"}),
        (),
        id="jku of the issuer",
    ),
    pytest.param(token({"alg": "HS256", "jwk": {}}), ("header-tampered",), id="jwk"),
    pytest.param(
        token({"alg": "ES256", "typ": "dpop+jwt", "jwk": {}}, signature=b"a" * 64),
        (),
        id="jwk in a DPoP proof",
    ),
    pytest.param(token(signature=b"x" * 31), ("signature-length",), id="HMAC too short"),
    pytest.param(token({"alg": "ES256"}, signature=b"0" * 64), (), id="raw signature from 0x30"),
    pytest.param(
        token({"alg": "ES256"}, signature=der_signature()), ("es256-der-signature",), id="DER"
    ),
    pytest.param(token({"alg": "RS256"}, signature=b"x" * 256), (), id="RSA 2048"),
    pytest.param(
        token({"alg": "RS256"}, signature=b"x" * 64), ("signature-length",), id="RSA too short"
    ),
    pytest.param(token({"alg": "EdDSA"}, signature=b"x" * 114), (), id="Ed448"),
    pytest.param(
        base64.b64encode(token().encode()).decode(),
        ("nested-or-double-encoded",),
        id="encoded twice",
    ),
    pytest.param(token(claims=token().encode()), ("nested-or-double-encoded",), id="nested"),
    pytest.param(f"{token()}~WyJzYWx0IiwiYSIsMV0~", (), id="SD-JWT"),
    pytest.param(token().replace(".", "~", 1), ("malformed",), id="a tilde within"),
    pytest.param(token(claims={"exp": "1700000000"}), ("time-is-string",), id="exp as text"),
]


@pytest.mark.parametrize(("text", "problems"), CASES)
def test_problems(text: str, problems: tuple[str, ...]) -> None:
    assert decode_jwt(text).problems == problems


def test_jwe_shows_its_header_only() -> None:
    found = decode_jwt(RFC7516)
    assert found.header == {"alg": "RSA-OAEP", "enc": "A256GCM"}
    assert (found.claims, found.signature, found.format, found.parts) == (None, None, "jwe", 5)


def test_parts_beyond_the_limit_are_counted() -> None:
    assert decode_jwt("a" + ".b" * 1000).parts == 1001


PROBABLY = [
    pytest.param(token(), True, id="token"),
    pytest.param(token()[:40], False, id="cut within the header"),
    pytest.param(token().rpartition(".")[0], True, id="cut behind the claims"),
    pytest.param(part(b'{ "alg":"HS256"}') + ".e.s", True, id="blank in the header"),
    pytest.param(part(b'{\n "alg":"HS256"}') + ".e.s", True, id="pretty printed"),
    pytest.param("eyJ%.a.b", True, id="damaged"),
    pytest.param(part({"user": 1}) + ".aBcDeF.c2ln", False, id="signed Flask session"),
    pytest.param("eyJhbGciOiJIUzI1NiJ9", False, id="no dot"),
    pytest.param("abc.def.ghi", False, id="other dots"),
    pytest.param("", False, id="empty"),
]


@pytest.mark.parametrize(("text", "expected"), PROBABLY)
def test_is_probably_jwt(text: str, expected: bool) -> None:
    text = text if text != token()[:40] else token()[:20]
    assert is_probably_jwt(text) is expected


def test_der_needs_the_whole_structure() -> None:
    signature = der_signature()
    assert is_der_signature(signature)
    assert not is_der_signature(signature + b"x")
    assert not is_der_signature(signature[:-1])
    assert not is_der_signature(b"0" * 64)


@given(st.binary(max_size=100))
def test_any_bytes_are_no_der_or_are(data: bytes) -> None:
    is_der_signature(b"\x30" + data)


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    decode_jwt(text)
    is_probably_jwt(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["alg", "typ", "kid", "jku", "iss", "aud", "exp", "iat", "scope", "enc"])


@given(st.dictionaries(NAMES, JSON), st.dictionaries(NAMES, JSON), st.binary(max_size=80))
def test_any_header_and_claims(header: object, claims: object, signature: bytes) -> None:
    decode_jwt(token(header, claims, signature))


@given(st.integers(0, len(RFC7515)), st.text(max_size=3))
def test_any_cut_and_rubbish_behind(length: int, rubbish: str) -> None:
    decode_jwt(RFC7515[:length] + rubbish)


@pytest.mark.parametrize("piece", ["a", ".", "eyJ", "=", "eyJ."])
def test_long_hostile_values_end_soon(piece: str) -> None:
    started = time.process_time()
    decode_jwt(piece * 8000)
    is_probably_jwt("eyJ" + piece * 100_000)
    assert time.process_time() - started < 1
