"""The keys of the worked examples: made from text by a recipe, so that signatures are the same
everywhere. They guard nothing."""

from __future__ import annotations

import base64
import functools
import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests import certificates

from why401.keys import Keys, WechatPayKeys, wechatpay_keys

MCHID = "1900000001"
APPID = "wx00000000000000aa"
V2_KEY = "example0v2key0123456789ABCDEFGHI"
V3_KEY = "example0v3key0123456789abcdefghi"
OLD_V2_KEY = "example0old0key0123456789ABCDEFG"
OTHER_V2_KEY = "example0other0key0123456789ABCDE"
SANDBOX_KEY = "sandbox0key0123456789abcdefghijk"
NONCE = "5D1F4E0C9A8B47E3A1B2C3D4E5F60718"
TIMESTAMP = 1_795_132_800
_PRIMES = {
    "wxpay-example-merchant": (710, 222),
    "wxpay-example-platform": (554, 566),
}


@functools.cache
def private_key(tag: str) -> rsa.RSAPrivateKey:
    """Return the key that the recipe gives for `tag`; other tags have fresh keys."""
    if tag not in _PRIMES:
        return rsa.generate_private_key(65537, 2048)
    p, q = (
        (int.from_bytes(hashlib.shake_256(f"{tag}-{half}".encode()).digest(128)) | 3 << 1022 | 1)
        + offset
        for half, offset in zip("pq", _PRIMES[tag], strict=True)
    )
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key()


@functools.cache
def certificate_pem(tag: str, serial: int, owner: str = MCHID) -> str:
    """Return a certificate of the key of `tag`, signed by itself."""
    return certificates.certificate_pem(private_key(tag), owner, serial=serial)


MERCHANT = "wxpay-example-merchant"
PLATFORM = "wxpay-example-platform"
SERIAL = 0x5157F09EFDC096DE15EBE81A47057A7232F1B8E1
OLD_SERIAL = 0x33CC9A1B2C3D4E5F60718293A4B5C6D7E8F90A1B
OTHER_SERIAL = 0x1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C
PLATFORM_SERIAL = 0x7132D72A03E93CDDF8C03BBD1F37EEDF23C2E3F4


def sign(message: bytes, tag: str = MERCHANT) -> str:
    """Return the base64 of an RSA signature as WeChat Pay wants it."""
    signature = private_key(tag).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


@functools.cache
def merchant_keys() -> WechatPayKeys:
    """Return the example merchant with everything configured."""
    return wechatpay_keys(
        "credentials.wechatpay[0]",
        MCHID,
        appids=(APPID, "wx00000000000000bb"),
        api_v2_key=V2_KEY,
        api_v3_key=V3_KEY,
        certificate_pem=certificate_pem(MERCHANT, SERIAL),
        previous=(
            {"certificate": certificate_pem("old", OLD_SERIAL)},
            {"api_v2_key": OLD_V2_KEY},
        ),
        platform_keys=(certificate_pem(PLATFORM, PLATFORM_SERIAL, "Tenpay.com sign"),),
    )


@functools.cache
def all_keys() -> Keys:
    """Return the example merchant and another one."""
    other = wechatpay_keys(
        "credentials.wechatpay[1]",
        "1900000109",
        api_v2_key=OTHER_V2_KEY,
        certificate_pem=certificate_pem("other", OTHER_SERIAL, "1900000109"),
    )
    return Keys(wechatpay=(merchant_keys(), other))
