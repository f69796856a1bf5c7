"""What was encrypted for the merchant instead of being signed is known by the private key alone."""

from __future__ import annotations

import base64
import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tests.certificates import private_pem
from tests.unit.signatures.example_keys import MERCHANT, merchant_keys, private_key, sign
from tests.unit.signatures.invocations import RSA_TEXT, jsapi
from tests.unit.signatures.messages import context, examined, five_lines, rules_of, v3_request

from why401.context import Context
from why401.keys import Keys, Secret
from why401.signatures import search_deeper
from why401.signatures.encrypted_for import PKCS1, SHA1, SHA256, encrypted_instead, opened_oaep

PRIVATE = Secret("credentials.wechatpay[0].private_key", private_pem(private_key(MERCHANT)))
RIGHT = five_lines("GET", "/v3/certificates", "")


def sealed(
    text: bytes, algorithm: hashes.HashAlgorithm | None = None, tag: str = MERCHANT
) -> bytes:
    scheme = (
        padding.OAEP(padding.MGF1(algorithm), algorithm, None) if algorithm else padding.PKCS1v15()
    )
    return private_key(tag).public_key().encrypt(text, scheme)


CASES = [
    pytest.param(sealed(b"text", hashes.SHA1()), SHA1, id="OAEP"),
    pytest.param(sealed(b"other", hashes.SHA256()), SHA256, id="OAEP with SHA-256"),
    pytest.param(sealed(b"text"), PKCS1, id="the older padding"),
    pytest.param(sealed(b"other"), "", id="the older padding around another text"),
    pytest.param(sealed(b"text", hashes.SHA1(), "stranger"), "", id="for somebody else"),
    pytest.param(base64.b64decode(sign(b"text")), "", id="a signature"),
    pytest.param(b"short", "", id="no block"),
    pytest.param(b"\xff" * 256, "", id="too large a number"),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_how_it_was_encrypted(data: bytes, expected: str) -> None:
    assert encrypted_instead(PRIVATE, data, (b"text",)) == expected
    assert (opened_oaep(PRIVATE, data) or "") == ("" if expected == PKCS1 else expected)


@pytest.mark.parametrize("pem", ["", "no PEM", PRIVATE.value[:-100]])
def test_a_private_key_that_is_none_opens_nothing(pem: str) -> None:
    assert encrypted_instead(Secret("x", pem), sealed(b"text"), (b"text",)) == ""
    assert opened_oaep(None, sealed(b"text", hashes.SHA1())) is None


@pytest.fixture
def within() -> Context:
    return context(Keys(wechatpay=(msgspec.structs.replace(merchant_keys(), private_key=PRIVATE),)))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


SIGNATURES = [
    pytest.param(sealed(RIGHT, hashes.SHA1()), "v3-oaep-or-encrypt", id="OAEP"),
    pytest.param(sealed(RIGHT), "v3-oaep-or-encrypt", id="the older padding"),
    pytest.param(
        sealed(hashlib.sha256(RIGHT).digest()), "v3-oaep-or-encrypt", id="of the hash alone"
    ),
    pytest.param(sealed(RIGHT, hashes.SHA1(), "stranger"), "v3-key-foreign", id="somebody else's"),
]


@pytest.mark.parametrize(("data", "rule"), SIGNATURES)
def test_a_request_encrypted_instead_of_signed(within: Context, data: bytes, rule: str) -> None:
    url = "/v3/certificates"
    message = v3_request(method="GET", url=url, body="", signature=b64(data))
    found = search_deeper(examined(message, within))
    assert rules_of(found) == (rule,)
    assert PRIVATE.value[100:140] not in repr(found.reports)


def test_a_pay_sign_encrypted_instead_of_signed(within: Context) -> None:
    message = jsapi(b64(sealed(RSA_TEXT, hashes.SHA1())), "RSA")
    assert rules_of(examined(message, within)) == ("ps-oaep",)
    stranger = jsapi(b64(sealed(RSA_TEXT, hashes.SHA1(), "stranger")), "RSA")
    assert rules_of(examined(stranger, within)) == ("ps-unexplained",)
