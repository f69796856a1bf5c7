"""What WeChat Pay sends to a merchant's `notify_url`: payments and refunds, of both generations.

API v3 seals JSON with the APIv3 key (AEAD_AES_256_GCM) and signs three lines with the platform's
key; v2 signs XML with the APIv2 key, and seals refunds with its MD5 (AES-256-ECB) instead.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from why401.sandbox.merchant import Merchant, Platform
from why401.sandbox.wechatpay_v2 import digest, write_xml

SIGNATURE = "Wechatpay-Signature"
PROBE = "WECHATPAY/SIGNTEST/"
CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Notice(msgspec.Struct, frozen=True):
    """One POST to a merchant's server."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Notices:
    """Writes the notices of one merchant."""

    def __init__(self, merchant: Merchant, platform: Platform) -> None:
        self._merchant = merchant
        self._platform = platform

    def v3(self, url: str, event: str, value: Mapping[str, Any], now_s: float) -> Notice:
        """Return a notice of API v3 about `event` (`TRANSACTION.SUCCESS`, `REFUND.SUCCESS`)."""
        kind = event.partition(".")[0].lower()
        nonce = secrets.token_hex(6)
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        sealed = AESGCM(self._merchant.api_v3_key.encode()).encrypt(
            nonce.encode(), plain, kind.encode()
        )
        envelope = {
            "id": str(secrets.token_hex(16)),
            "create_time": datetime.datetime.fromtimestamp(int(now_s), CHINA).isoformat(),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功" if kind == "transaction" else "退款成功",
            "resource": {
                "original_type": kind,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": kind,
                "nonce": nonce,
            },
        }
        body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp, salt = str(int(now_s)), secrets.token_hex(16)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Mozilla/4.0",
            "Wechatpay-Nonce": salt,
            "Wechatpay-Serial": self._platform.serial,
            SIGNATURE: self._platform.sign(f"{timestamp}\n{salt}\n".encode() + body + b"\n"),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Timestamp": timestamp,
        }
        return Notice(url, headers, body)

    def probe(self, notice: Notice) -> Notice:
        """Return the same notice with a signature that is wrong on purpose: whoever takes it does
        not verify."""
        wrong = PROBE + self._platform.sign(secrets.token_bytes(16))
        return Notice(notice.url, {**notice.headers, SIGNATURE: wrong}, notice.body)

    def v2_payment(self, url: str, order: Mapping[str, str], transaction_id: str) -> Notice:
        """Return the notice of a paid v2 order, signed by the algorithm of the order."""
        fields = {
            "return_code": "SUCCESS",
            "result_code": "SUCCESS",
            **{name: order[name] for name in ("appid", "mch_id", "out_trade_no", "trade_type")},
            "nonce_str": secrets.token_hex(16),
            "openid": order.get("openid", "oEXAMPLE0001"),
            "is_subscribe": "N",
            "bank_type": "OTHERS",
            "total_fee": order["total_fee"],
            "cash_fee": order["total_fee"],
            "transaction_id": transaction_id,
            "time_end": "20261120080000",
        }
        key = self._merchant.api_v2_key
        fields["sign"] = digest(fields, key, order.get("sign_type", "MD5"))
        return _xml(url, fields)

    def v2_refund(self, url: str, refund: Mapping[str, str]) -> Notice:
        """Return the notice of a v2 refund: sealed instead of signed."""
        plain = write_xml(refund).replace(b"<xml>", b"<root>").replace(b"</xml>", b"</root>")
        padder = padding.PKCS7(128).padder()
        padded = padder.update(plain) + padder.finalize()
        key = hashlib.md5(self._merchant.api_v2_key.encode(), usedforsecurity=False).hexdigest()
        # ECB is the provider's choice.
        cipher = Cipher(algorithms.AES(key.encode()), modes.ECB()).encryptor()  # noqa: S305
        sealed = base64.b64encode(cipher.update(padded) + cipher.finalize()).decode()
        fields = {
            "return_code": "SUCCESS",
            "appid": self._merchant.appid,
            "mch_id": self._merchant.mchid,
            "nonce_str": secrets.token_hex(16),
            "req_info": sealed,
        }
        return _xml(url, fields)


def _xml(url: str, fields: Mapping[str, str]) -> Notice:
    headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"}
    return Notice(url, headers, write_xml(fields))
