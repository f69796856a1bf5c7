import base64
import json
import secrets
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.challenge import parse_challenges
from why401.credentials.find import find_credentials, from_authorization
from why401.credentials.show import clean, show_challenge, show_credential
from why401.masking import Masker
from why401.model import Headers, Request, Shown

MASKER = Masker(b"k" * 32)


def shown(value: str) -> dict[str, Any]:
    return dict(element(value).decoded or {})


def element(value: str) -> Shown:
    place = "request.header.authorization"
    return show_credential(from_authorization(value.encode(), place), MASKER)


def b64url(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_basic_shows_the_user_alone() -> None:
    found = shown("Basic " + base64.b64encode(b"alice:s3cret").decode())
    assert found["user"] == "alice"
    assert found["password_length"] == 6
    assert "s3cret" not in str(found)


def test_a_token_as_user_is_masked() -> None:
    token = "sk_test_" + secrets.token_hex(12)
    found = shown("Basic " + base64.b64encode(f"{token}:".encode()).decode())
    assert found["user"].startswith("[redacted:token:")


def test_jwt_shows_header_and_claims() -> None:
    claims = {"sub": "1", "exp": 1700000000, "access_token": "deep-secret", "phone": "13800000000"}
    claims["nested"] = {"password": "hunter22", "ok": [1, None, True]}  # type: ignore[assignment]
    text = f"{b64url({'alg': 'HS256'})}.{b64url(claims)}.{'c2ln' * 10}"
    found = element(f"Bearer {text}")
    assert (found.scheme, found.format, found.kind) == ("bearer", "jwt", "credential")
    decoded = dict(found.decoded or {})
    assert decoded["header"] == {"alg": "HS256"}
    assert decoded["claims"]["exp"] == 1700000000
    assert decoded["claims"]["nested"]["ok"] == [1, None, True]
    for secret in ("deep-secret", "13800000000", "hunter22", "c2ln"):
        assert secret not in str(decoded)


def test_digest_shows_no_password_of_its_uri() -> None:
    found = shown('Digest username="bob", uri="http://bob:hunter22@h/a", response="0", nonce="n"')
    assert "hunter22" not in repr(found)
    assert "http://h/a" in repr(found)


def test_digest_shows_no_response() -> None:
    found = shown('Digest username="bob", realm="r", response="0123456789abcdef", nonce="n"')
    assert found["parameters"] == {"username": "bob", "realm": "r", "nonce": "n"}


LOST_QUOTES = [
    'Digest username="bob", nonce="n, response="{}"',
    'Digest username="bob", opaque="x, response={}',
    "Digest username=bob;response={}",
    'WECHATPAY2-SHA256-RSA2048 mchid="1900000001, signature="{}"',
    "WECHATPAY2-SHA256-RSA2048 nonce_str=a signature={}",
    "Bearer Bearer {}",
    '"Bearer {}"',
    "Bearer: {}",
    "{}",
    "Token {}",
    "X-Unknown {}",
    "Basic bob:{}",
    "Basic {}",
    "<{}>",
    'Bearer {{"access_token": "{}"}}',
]


@pytest.mark.parametrize("form", LOST_QUOTES)
def test_the_secret_part_is_never_shown(form: str) -> None:
    secret = secrets.token_hex(16)
    assert secret not in repr(element(form.format(secret)))


def test_a_wechat_pay_header_is_shown_without_its_signature() -> None:
    found = element(
        'WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="abc",signature="c2lnbmF0dXJl",'
        'timestamp="1795132800",serial_no="3775B6A45ACD"'
    )
    assert found.scheme == "wechatpay-v3"
    assert found.decoded is not None
    assert found.decoded["parameters"] == {
        "mchid": "1900000001",
        "nonce_str": "abc",
        "timestamp": "1795132800",
        "serial_no": "3775B6A45ACD",
    }


def test_opaque_keys_show_their_public_prefix() -> None:
    found = shown("token ghp_" + secrets.token_hex(18))
    assert (found["prefix"], found["issuer"]) == ("ghp_", "github-classic-token")
    assert found["length"] == 40


def test_the_number_of_an_ntlm_message_is_shown() -> None:
    assert shown("NTLM TlRMTVNTUAADAAAAGAAYAHAAAA")["ntlm_message"] == 3


def test_private_parts_of_a_jwk_are_masked() -> None:
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": {"kty": "EC", "x": "pub", "d": "privvv"}}
    found = shown(f"DPoP {b64url(header)}.{b64url({'jti': 'x'})}.{'AAAA' * 8}")
    assert found["header"]["jwk"]["x"] == "pub"
    assert "privvv" not in str(found)


def test_a_challenge_is_shown_without_control_characters() -> None:
    headers = Headers(((b"WWW-Authenticate", b'Bearer realm="a\x1b[31m" error="invalid_token"'),))
    found = show_challenge(parse_challenges(headers)[0])
    assert (found.kind, found.scheme, found.where) == (
        "challenge",
        "bearer",
        "response.header.www-authenticate",
    )
    assert found.decoded == {
        "parameters": {"realm": "a[31m", "error": "invalid_token"},
        "problems": ["missing-comma"],
    }


def test_tokens_that_a_server_echoes_are_cut() -> None:
    token = f"{b64url({'alg': 'HS256'})}.{b64url({'sub': '1'})}.c2lnbmF0dXJl"
    value = f'Bearer error_description="bad token {token}"'.encode()
    found = show_challenge(parse_challenges(Headers(((b"www-authenticate", value),)))[0])
    assert "c2lnbmF0dXJl" not in repr(found)


CLEAN = [
    pytest.param("a\u202eb\u200bc\x1b[0m\n", "abc[0m", id="bidi, zero width, ANSI, newline"),
    pytest.param("\ud800x", "x", id="lone surrogate"),
    pytest.param("接口", "接口", id="Chinese"),
    pytest.param("x" * 300, "x" * 199 + "…", id="long"),
    pytest.param("x" * 200, "x" * 200, id="just fits"),
]


@pytest.mark.parametrize(("text", "expected"), CLEAN)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.binary(max_size=200), st.sampled_from(["Basic ", "Digest ", "Bearer ", "X ", ""]))
def test_anything_is_plain(value: bytes, scheme: str) -> None:
    fields = ((b"Authorization", scheme.encode() + value), (b"X-Api-Key", value))
    request = Request("GET", "http", "h", 80, value, Headers(fields))
    for credential in find_credentials(request):
        found = show_credential(credential, MASKER)
        json.dumps([found.scheme, found.where, found.decoded]).encode("utf-8")


@given(st.binary(max_size=200))
def test_any_challenge_is_plain(value: bytes) -> None:
    for challenge in parse_challenges(Headers(((b"www-authenticate", value),))):
        json.dumps(show_challenge(challenge).decoded).encode("utf-8")
