"""What an RSA signature holds under a public key."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.signatures.example_keys import MERCHANT, SERIAL, certificate_pem, private_key

from why401.keys import certificate
from why401.signatures.rsa_block import Kind, pss_digest, read_block

KEY = certificate("key", certificate_pem(MERCHANT, SERIAL))
MESSAGE = b"what is signed"
HASHES: list[tuple[hashes.HashAlgorithm, str]] = [
    (hashes.SHA256(), "sha256"),
    (hashes.SHA1(), "sha1"),
    (hashes.MD5(), "md5"),
    (hashes.SHA512(), "sha512"),
    (hashes.SHA384(), "sha384"),
    (hashes.SHA224(), "sha224"),
]


@pytest.mark.parametrize(("algorithm", "name"), HASHES)
def test_the_digest_and_its_name_come_back(algorithm: hashes.HashAlgorithm, name: str) -> None:
    signature = private_key(MERCHANT).sign(MESSAGE, padding.PKCS1v15(), algorithm)
    block = read_block(KEY, signature)
    assert (block.kind, block.hash_name) == (Kind.DIGEST, name)
    assert block.data == hashlib.new(name, MESSAGE).digest()


@pytest.mark.parametrize("salt", [8, 20, 32, padding.PSS.MAX_LENGTH])
def test_pss_is_recognised_and_its_text_can_be_compared(salt: int) -> None:
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    block = read_block(KEY, private_key(MERCHANT).sign(MESSAGE, scheme, hashes.SHA256()))
    assert block.kind is Kind.PSS
    assert pss_digest(block, MESSAGE) == block.data
    assert pss_digest(block, b"another text") != block.data


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(min_size=256, max_size=256), st.binary(max_size=300)))
def test_noise_is_noise(signature: bytes) -> None:
    block = read_block(KEY, signature)
    assert block.kind is Kind.NOISE or not block.is_certain
