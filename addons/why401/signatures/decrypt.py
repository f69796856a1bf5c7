"""What WeChat Pay encrypts for the merchant: callback resources, certificates, refund notices.

Source: https://wechatpay-api.gitbook.io/wechatpay-api-v3/qian-ming-zhi-nan-1/zheng-shu-he-hui-tiao-bao-wen-jie-mi
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG_BYTES = 16


def aes_gcm(key: bytes, sealed: Mapping[str, Any]) -> bytes:
    """Return the plaintext of `{ciphertext, nonce, associated_data}` (AEAD_AES_256_GCM).

    Raises InvalidTag where the key or the associated data is another, ValueError where the pieces
    are not what they should be.
    """
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
    aad = associated.encode() if isinstance(associated, str) else b""
    return AESGCM(key).decrypt(nonce.encode(), data, aad)


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
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305
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
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= block or plain[-padding:] != bytes([padding]) * padding:
        return None
    return plain[:-padding]
