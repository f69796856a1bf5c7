"""What WeChat Pay encrypts for the merchant: callback resources, certificates, refund notices.

Source: https://wechatpay-api.gitbook.io/wechatpay-api-v3/qian-ming-zhi-nan-1/zheng-shu-he-hui-tiao-bao-wen-jie-mi
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from why401.later import later
from why401.sm2 import sm3

if TYPE_CHECKING:
    from cryptography import exceptions
    from cryptography.hazmat.primitives import ciphers
else:
    exceptions = later("cryptography.exceptions")
    ciphers = later("cryptography.hazmat.primitives.ciphers")

TAG_BYTES = 16
AES = "AEAD_AES_256_GCM"
SM4 = "AEAD_SM4_GCM"


class UnknownSealError(ValueError):
    """Sealed by an algorithm that is not known, or not to be had here: no key is tried."""


def unsealed(api_v3_key: bytes, sealed: Mapping[str, Any]) -> bytes:
    """Return the plaintext of `{algorithm, ciphertext, nonce, associated_data}` under an APIv3 key.

    AEAD_AES_256_GCM takes the key as it is, AEAD_SM4_GCM the first half of its SM3. Raises
    InvalidTag where the key or the associated data is another, UnknownSealError where no key was
    tried, ValueError where the pieces are not what they should be.
    """
    algorithm = sealed.get("algorithm", AES)
    if algorithm not in (AES, SM4):
        raise UnknownSealError("the algorithm is not known")
    ciphertext, nonce = sealed.get("ciphertext"), sealed.get("nonce")
    associated = sealed.get("associated_data")
    if not isinstance(ciphertext, str) or not isinstance(nonce, str):
        raise ValueError("ciphertext or nonce is missing")  # noqa: TRY004
    try:
        data = base64.b64decode(ciphertext, validate=True)
    except binascii.Error:
        raise ValueError("the ciphertext is not base64") from None
    if len(data) < TAG_BYTES + 1:
        raise ValueError("the ciphertext is too short")
    aad = associated.encode("utf-8", "replace") if isinstance(associated, str) else b""
    iv = nonce.encode("utf-8", "replace")
    if algorithm == AES:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(api_v3_key).decrypt(iv, data, aad)
    try:
        mode = ciphers.modes.GCM(iv, data[-TAG_BYTES:])
        decryptor = ciphers.Cipher(ciphers.algorithms.SM4(sm3(api_v3_key)[:16]), mode).decryptor()
    except exceptions.UnsupportedAlgorithm:
        raise UnknownSealError("this OpenSSL has no SM4") from None
    decryptor.authenticate_additional_data(aad)
    return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


def refund_notice(key: bytes, req_info: str) -> bytes | None:
    """Return the XML in a v2 refund notice's `req_info` under a raw AES key, or None where it is
    none: one wrong key in 256 leaves a valid padding, so the text must begin with `<root>`."""
    try:
        data = base64.b64decode(req_info, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not data or len(data) % 16 or len(key) not in (16, 24, 32):
        return None
    # ECB is the provider's choice.
    decryptor = ciphers.Cipher(ciphers.algorithms.AES(key), ciphers.modes.ECB()).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    padding = plain[-1]
    return plain[:-padding] if plain.startswith(b"<root>") and 1 <= padding <= 16 else None


def refund_key(api_v2_key: bytes) -> bytes:
    """Return the AES key of refund notices: the MD5 of the APIv2 key in lower-case hexadecimal."""
    return hashlib.md5(api_v2_key, usedforsecurity=False).hexdigest().encode()


def aes_cbc(key: bytes, iv: bytes, data: bytes, block: int = 16) -> bytes | None:
    """Return AES-CBC plaintext with its PKCS#7 padding of `block` removed; None where that is not
    what it is."""
    if len(key) not in (16, 24, 32) or len(iv) != 16 or not data or len(data) % 16:
        return None
    decryptor = ciphers.Cipher(ciphers.algorithms.AES(key), ciphers.modes.CBC(iv)).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= block or plain[-padding:] != bytes([padding]) * padding:
        return None
    return plain[:-padding]
