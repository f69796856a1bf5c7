"""The two parties of WeChat Pay: the merchant who calls, and the platform that answers."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from why401.sandbox.authority import Authority, certificate_pem, private_key_pem

MCHID = "1900000001"
APPID = "wx0000000000000000"


@dataclass(frozen=True, slots=True)
class Merchant:
    """All that a merchant's server is configured with; `serial` is upper-case hexadecimal."""

    mchid: str
    appid: str
    serial: str
    api_v2_key: str = field(repr=False)
    api_v3_key: str = field(repr=False)
    private_key_pem: str = field(repr=False)
    certificate_pem: str


class Platform:
    """WeChat Pay's side: signs answers with its own key, certified for merchants to check."""

    def __init__(self, authority: Authority) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self.certificate = authority.issue("Tenpay.com sign", self._key.public_key())
        self.certificate_pem = certificate_pem(self.certificate)
        self.serial = f"{self.certificate.serial_number:040X}"

    def sign(self, message: bytes) -> str:
        """Return the signature that stands in `Wechatpay-Signature`."""
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()


def make_merchant(authority: Authority) -> tuple[Merchant, rsa.RSAPublicKey]:
    """Return a merchant with keys of its own, and the public key that WeChat keeps of it."""
    key = rsa.generate_private_key(65537, 2048)
    certificate = authority.issue(MCHID, key.public_key())
    merchant = Merchant(
        mchid=MCHID,
        appid=APPID,
        serial=f"{certificate.serial_number:040X}",
        api_v2_key=secrets.token_hex(16),
        api_v3_key=secrets.token_hex(16),
        private_key_pem=private_key_pem(key),
        certificate_pem=certificate_pem(certificate),
    )
    return merchant, key.public_key()
