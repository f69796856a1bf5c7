"""SM2 keys and signatures with SM3 (GB/T 32918.2), as WeChat Pay's national-cryptography mode has
them.

Verifying adds the x of a point, computed from signature and public key, to the digest, and expects
`r`. Turned round, `r` less that x is the digest that was signed: one computation on the curve, then
every guess at the text costs a hash. A foreign key gives a digest as well, of nothing.

The curve is that of gmalg, an optional extra (`pip install 'why401[sm]'`): some 40 ms of pure
Python for a signature. SM3 is OpenSSL's, through `cryptography`.
Source: GB/T 32918.2-2016 sections 6 and 7, with the parameters of GB/T 32918.5
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from why401.later import later, regex
from why401.masking import Unshown

if TYPE_CHECKING:
    from cryptography import exceptions, x509
    from cryptography.hazmat.primitives import hashes
else:
    exceptions = later("cryptography.exceptions")
    hashes = later("cryptography.hazmat.primitives.hashes")
    x509 = later("cryptography.x509")


EXTRA = "why401[sm]"
"""What has to be installed to verify SM2 signatures."""
USER_ID = b"1234567812345678"
"""The signer's name in the signed digest, where nothing else was agreed on."""

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
# The whole SubjectPublicKeyInfo up to the point: id-ecPublicKey, curve sm2p256v1, uncompressed.
_KEY_INFO = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
POINT_BYTES = 64
_PEM = regex(r"-----BEGIN [A-Z ]+-----([A-Za-z0-9+/=\s]+)-----END")


class Sm2Key(Unshown, frozen=True):
    """An SM2 public key, of a certificate or alone: the fields are those of `keys.PublicKey`,
    `point` holds x and y, 32 bytes each."""

    label: str
    point: bytes
    serial: str | None = None
    owner: str | None = None
    not_after_s: float | None = None


def is_ready() -> bool:
    """Return whether SM2 signatures can be verified here; False: `EXTRA` is not installed."""
    return _curve() is not None and _has_sm3()


def holds_sm2(pem: str | bytes) -> bool:
    """Return whether a certificate or public key in PEM holds an SM2 key."""
    return _point(_der(pem)) is not None


def sm2_key(label: str, pem: str | bytes, key_id: str | None = None) -> Sm2Key:
    """Return the SM2 key of a certificate or public key in PEM; `key_id` names a bare one. Raises
    ValueError saying what else it is."""
    data = pem.encode() if isinstance(pem, str) else pem
    if b"PRIVATE KEY-----" in data:
        raise ValueError("is a private key; the public half is enough")
    point = _point(_der(data))
    if point is None:
        raise ValueError("holds no SM2 key in PEM")
    x, y = int.from_bytes(point[:32]), int.from_bytes(point[32:])
    if not (x < _P and y < _P and (y * y - (x * x * x + _A * x + _B)) % _P == 0):
        raise ValueError("holds a damaged SM2 key: its point is not on the curve")
    if b"-----BEGIN CERTIFICATE-----" not in data:
        return Sm2Key(label, point, serial=key_id)
    try:
        parsed = x509.load_pem_x509_certificate(data)
    except ValueError:
        raise ValueError("is a damaged certificate; copy the whole file") from None
    names = parsed.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return Sm2Key(
        label,
        point,
        serial=f"{parsed.serial_number:X}".zfill(40),
        owner=str(names[0].value) if names else None,
        not_after_s=parsed.not_valid_after_utc.timestamp(),
    )


def sm3(data: bytes) -> bytes:
    """Return the SM3 digest; raises UnsupportedAlgorithm where OpenSSL was built without it."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def signer_digest(key: Sm2Key, user_id: bytes = USER_ID) -> bytes:
    """Return what stands before the text in an SM2 signature: the digest of who signs (`Z`)."""
    numbers = (_A, _B, *_G)
    curve = b"".join(number.to_bytes(32) for number in numbers)
    return sm3((len(user_id) * 8).to_bytes(2) + user_id + curve + key.point)


def text_digest(signer: bytes, text: bytes) -> int:
    """Return the number that is signed for `text` by the signer with that digest."""
    return number_of(sm3(signer + text))


def number_of(digest: bytes) -> int:
    """Return bytes in a digest's place as the number that SM2 computes with."""
    return int.from_bytes(digest) % _N


def signature_numbers(data: bytes) -> tuple[int, int] | None:
    """Return `r` and `s` of a signature: a DER sequence of two integers, or, as some libraries
    make it, 64 bytes. None where it is neither or the numbers are out of range."""
    if len(data) == POINT_BYTES:
        r, s = int.from_bytes(data[:32]), int.from_bytes(data[32:])
    else:
        numbers = _der_integers(data)
        if numbers is None:
            return None
        r, s = numbers
    return (r, s) if 0 < r < _N and 0 < s < _N and (r + s) % _N else None


def signed_digest(key: Sm2Key, r: int, s: int) -> int | None:
    """Return the number that was signed, provided that `key` made the signature; None where the
    extra is missing. Nothing but a text that gives this number shows that it did."""
    curve = _curve()
    if curve is None:
        return None
    group = curve.ECDLP(_P, _A, _B, _G, _N)
    own = (int.from_bytes(key.point[:32]), int.from_bytes(key.point[32:]))
    point = group.ec.add(group.kG(s), group.ec.mul((r + s) % _N, own))
    return None if point == group.ec.INF else (r - int(point[0])) % _N


def _curve() -> Any:
    try:
        from gmalg import ellipticcurve
    except ImportError:
        return None
    return ellipticcurve


def _has_sm3() -> bool:
    try:
        sm3(b"")
    except exceptions.UnsupportedAlgorithm:
        return False
    return True


def _der(pem: str | bytes) -> bytes:
    text = pem if isinstance(pem, str) else pem.decode("ascii", "replace")
    found = _PEM.search(text)
    if found is None:
        return b""
    try:
        return base64.b64decode("".join(found[1].split()), validate=True)
    except binascii.Error:
        return b""


def _point(der: bytes) -> bytes | None:
    _, found, rest = der.partition(_KEY_INFO)
    return rest[:POINT_BYTES] if found and len(rest) >= POINT_BYTES else None


def _der_integers(data: bytes) -> tuple[int, int] | None:
    if len(data) < 8 or data[0] != 0x30 or data[1] != len(data) - 2:
        return None
    numbers = []
    rest = data[2:]
    while rest:
        size = rest[1] if len(rest) > 1 else 0
        value = rest[2 : 2 + size]
        # One encoding only (X.690 section 8.3): not negative, no zeros in front.
        if rest[0] != 0x02 or not 0 < size == len(value) <= 33 or value[0] & 0x80:
            return None
        if size > 1 and value[0] == 0 and not value[1] & 0x80:
            return None
        numbers.append(int.from_bytes(value))
        rest = rest[2 + size :]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None
