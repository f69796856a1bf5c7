"""What was encrypted with the merchant's own public key, where that is a mistake: a signature made
by an encryption routine, a sensitive field that only WeChat Pay should be able to read.

Only the private key shows it, so this is asked where one is configured and nothing else fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from why401.keys import Secret
from why401.later import later

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
else:
    padding = later("cryptography.hazmat.primitives.asymmetric.padding")
    rsa = later("cryptography.hazmat.primitives.asymmetric.rsa")
    hashes = later("cryptography.hazmat.primitives.hashes")
    serialization = later("cryptography.hazmat.primitives.serialization")

SHA1, SHA256 = "RSA-OAEP, SHA-1", "RSA-OAEP, SHA-256"
PKCS1 = "RSA PKCS#1 v1.5"


def opened_oaep(private_key: Secret | None, data: bytes) -> str | None:
    """Return the name of the OAEP padding under which the private key opens `data`; None where it
    does not. A foreign ciphertext passes the padding's check once in 2^160."""
    key = _loaded(private_key, data)
    if key is None:
        return None
    for name, algorithm in ((SHA1, hashes.SHA1()), (SHA256, hashes.SHA256())):
        scheme = padding.OAEP(padding.MGF1(algorithm), algorithm, None)
        try:
            key.decrypt(data, scheme)
        except ValueError:
            continue
        return name
    return None


def encrypted_instead(private_key: Secret | None, data: bytes, texts: tuple[bytes, ...]) -> str:
    """Return the padding under which `data` was encrypted with the public half of the key instead
    of being signed; "" where it was not. The older padding proves nothing by itself, so what it
    holds must be one of `texts`."""
    found = opened_oaep(private_key, data)
    if found:
        return found
    key = _loaded(private_key, data)
    if key is None:
        return ""
    try:
        return PKCS1 if key.decrypt(data, padding.PKCS1v15()) in texts else ""
    except ValueError:
        return ""


def _loaded(private_key: Secret | None, data: bytes) -> rsa.RSAPrivateKey | None:
    if private_key is None:
        return None
    try:
        # The user's own key, used to look and not to sign: the slow check of its primes is not
        # worth its 30 ms.
        key = serialization.load_pem_private_key(
            private_key.data, None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError):
        return None
    is_fitting = isinstance(key, rsa.RSAPrivateKey) and (key.key_size + 7) // 8 == len(data)
    return key if is_fitting and isinstance(key, rsa.RSAPrivateKey) else None
