"""SM2 keys, certificates and signatures made for a test, as a merchant of the national-cryptography
mode has them."""

from __future__ import annotations

import base64
import functools
import textwrap

import gmalg
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.certificates import certificate_pem

from why401.sm2 import USER_ID

_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_SM2 = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")


@functools.cache
def pair(tag: str) -> tuple[bytes, bytes]:
    """Return a private key and its point (64 bytes), the same for the same `tag`."""
    secret, public = gmalg.SM2().generate_keypair()
    return secret, public[1:]


@functools.cache
def sm2_certificate_pem(tag: str, serial: int, owner: str = "1900000001") -> str:
    """Return a certificate of the SM2 key of `tag`; nobody checks who signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    # `cryptography` knows no SM2: its place is taken by a curve with keys of the same length.
    built = x509.load_pem_x509_certificate(certificate_pem(key, owner, serial=serial).encode())
    data = built.public_bytes(serialization.Encoding.DER)
    at = data.index(_P256)
    data = data[:at] + _SM2 + pair(tag)[1] + data[at + len(_SM2) + 64 :]
    return pem("CERTIFICATE", data)


def sm2_public_pem(tag: str) -> str:
    """Return the public key of `tag` alone."""
    return pem("PUBLIC KEY", _SM2 + pair(tag)[1])


def pem(kind: str, data: bytes) -> str:
    """Return DER as PEM."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n"


def sm2_sign(message: bytes, tag: str, user_id: bytes = USER_ID) -> bytes:
    """Return an SM2 signature in DER."""
    secret, public = pair(tag)
    r, s = gmalg.SM2(secret, user_id, b"\x04" + public).sign(message)
    body = _integer(r) + _integer(s)
    return b"\x30" + bytes([len(body)]) + body


def _integer(value: bytes) -> bytes:
    value = value.lstrip(b"\0")
    if value[0] & 0x80:
        value = b"\0" + value
    return b"\x02" + bytes([len(value)]) + value
