"""WeChat Pay's API v3: JSON, signed with RSA over method, target, time, nonce and body.

The checks run in the server's order: header, scheme, parameters, time, certificate, signature.
Answers are signed by the platform only where the request's own signature was good.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from why401.later import regex
from why401.sandbox.calls import Answer, Call
from why401.sandbox.merchant import Merchant, Platform
from why401.sandbox.wechatpay_v3_answers import (
    BAD_AUTHORIZATION,
    BAD_FORMAT,
    BAD_IDENTITY,
    BAD_PARAMETER,
    BAD_SIGNATURE,
    NO_CERTIFICATE,
    OK,
    answer,
    error,
    sign_error,
)
from why401.sandbox.wechatpay_v3_orders import Orders

SCHEME = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_S = 300
PARAMETERS = frozenset({"mchid", "nonce_str", "signature", "timestamp", "serial_no"})
PARAMETER = regex(r'([A-Za-z_]{1,32})="([^"]{0,1024})"')


class WechatpayV3:
    """The v3 half of the host: who may ask, and what the platform signs; see `Orders`."""

    def __init__(self, merchant: Merchant, key: rsa.RSAPublicKey, platform: Platform) -> None:
        self._merchant = merchant
        self._key = key
        self._platform = platform
        self.orders = Orders(merchant)

    def answer(self, call: Call) -> Answer:
        """Answer one call: refused, or judged and signed by the platform."""
        refused = self._refused(call)
        if refused is not None:
            return refused
        reply = self._business(call)
        timestamp, nonce = str(int(call.now_s)), secrets.token_hex(16)
        message = f"{timestamp}\n{nonce}\n".encode() + reply.body + b"\n"
        return reply.plus(
            ("Wechatpay-Nonce", nonce),
            ("Wechatpay-Serial", self._platform.serial),
            ("Wechatpay-Signature", self._platform.sign(message)),
            ("Wechatpay-Signature-Type", SCHEME),
            ("Wechatpay-Timestamp", timestamp),
        )

    def _refused(self, call: Call) -> Answer | None:
        if not call.text("accept") or not call.text("user-agent"):
            return error(400, "INVALID_REQUEST", "Http头缺少Accept或User-Agent", BAD_PARAMETER)
        header = call.text("authorization")
        malformed = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"
        if not header:
            return sign_error(malformed, BAD_FORMAT)
        scheme, _, rest = header.partition(" ")
        if scheme != SCHEME:
            return sign_error("Http头Authorization认证类型不正确", BAD_AUTHORIZATION)
        claim = read_parameters(rest)
        if claim is None or not re.fullmatch(r"[0-9]{1,16}", claim["timestamp"]):
            return sign_error(malformed, BAD_FORMAT)
        if abs(call.now_s - int(claim["timestamp"])) > TOLERANCE_S:
            text = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
            return sign_error(text, BAD_AUTHORIZATION)
        if claim["mchid"] != self._merchant.mchid:
            text = "商户未申请过证书。请到商户平台上申请证书授权机构颁发的证书。"
            return sign_error(text, NO_CERTIFICATE)
        if claim["serial_no"] != self._merchant.serial:
            text = "商户证书序列号有误。请使用签名私钥匹配的证书序列号"
            return sign_error(text, BAD_IDENTITY)
        return None if self._verifies(call, claim) else _signature_mismatch(call, claim)

    def _verifies(self, call: Call, claim: Mapping[str, str]) -> bool:
        try:
            signature = base64.b64decode(claim["signature"], validate=True)
            message = request_message(
                call.method, call.target, claim["timestamp"], claim["nonce_str"], call.body
            )
            self._key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def _business(self, call: Call) -> Answer:
        if call.path == "/v3/certificates" and call.method == "GET":
            return self._certificates()
        found = self.orders.answer(call)
        return found or error(404, "RESOURCE_NOT_EXISTS", "请求的资源不存在", BAD_PARAMETER)

    def _certificates(self) -> Answer:
        nonce = secrets.token_hex(6)
        cipher = AESGCM(self._merchant.api_v3_key.encode())
        secret = cipher.encrypt(
            nonce.encode(), self._platform.certificate_pem.encode(), b"certificate"
        )
        certificate = self._platform.certificate
        entry = {
            "effective_time": certificate.not_valid_before_utc.isoformat(),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "associated_data": "certificate",
                "ciphertext": base64.b64encode(secret).decode(),
                "nonce": nonce,
            },
            "expire_time": certificate.not_valid_after_utc.isoformat(),
            "serial_no": self._platform.serial,
        }
        return answer(200, {"data": [entry]}, OK)


def request_message(method: str, target: bytes, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return the five lines that a v3 request signs; the last, too, ends with a newline."""
    parts = (method.encode(), target, timestamp.encode(), nonce.encode(), body)
    return b"".join(part + b"\n" for part in parts)


def read_parameters(text: str) -> dict[str, str] | None:
    """Return the five parameters behind the scheme; None unless each is there in double quotes."""
    found: dict[str, str] = {}
    for part in text[:4096].split(","):
        match = PARAMETER.fullmatch(part.strip(" "))
        if match is None:
            return None
        found[match[1]] = match[2]
    return found if found.keys() >= PARAMETERS else None


def _signature_mismatch(call: Call, claim: Mapping[str, str]) -> Answer:
    timestamp, nonce = claim["timestamp"], claim["nonce_str"]
    message = request_message(call.method, call.target, timestamp, nonce, call.body)
    shown = call.body.decode("utf-8", "replace")[:8].encode()
    short = request_message(call.method, call.target, timestamp, nonce, shown)
    detail = {
        "detail": {"issue": "sign not match"},
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": call.method,
            "url": call.target.decode("latin-1"),
            "truncated_sign_message": short.decode("utf-8", "replace"),
            "sign_message_length": len(message),
        },
    }
    return sign_error("签名错误，请检查后再试", BAD_SIGNATURE, detail)
