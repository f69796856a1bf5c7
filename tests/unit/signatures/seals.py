"""What WeChat Pay encrypts."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from why401.signatures.decrypt import AES
from why401.sm2 import sm3

KEY = b"0123456789abcdef0123456789ABCDEF"
NONCE = "nonce-123456"


def sealed(algorithm: str, plain: bytes = b"plain", aad: str = "transaction") -> dict[str, Any]:
    """Seal as WeChat Pay does: the tag behind the ciphertext."""
    if algorithm == AES:
        data = AESGCM(KEY).encrypt(NONCE.encode(), plain, aad.encode())
    else:
        cipher = Cipher(algorithms.SM4(sm3(KEY)[:16]), modes.GCM(NONCE.encode())).encryptor()
        cipher.authenticate_additional_data(aad.encode())
        data = cipher.update(plain) + cipher.finalize() + cipher.tag
    return {
        "algorithm": algorithm,
        "ciphertext": base64.b64encode(data).decode(),
        "nonce": NONCE,
        "associated_data": aad,
    }
