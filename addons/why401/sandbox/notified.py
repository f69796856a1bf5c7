"""pay.shop.example: a merchant's server that takes notices of WeChat Pay at two addresses. One
verifies the bytes as they came; the other what it writes again after parsing, and refuses all."""

from __future__ import annotations

import base64
import binascii
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from why401.sandbox.calls import Answer, Call, json_answer
from why401.sandbox.merchant import Platform

RAW = "/notify/raw"
PARSED = "/notify/parsed"


class Notified:
    """The merchant's server; it knows the platform's certificate."""

    hosts = ("pay.shop.example",)

    def __init__(self, platform: Platform) -> None:
        key = platform.certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError("the platform's key is not an RSA key")
        self._key = key

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        if call.path == RAW and call.method == "POST":
            return self._taken(call, call.body)
        if call.path == PARSED and call.method == "POST":
            return self._taken(call, json.dumps(call.json).encode())
        return json_answer(404, {"error": "Not Found", "path": call.path})

    def _taken(self, call: Call, body: bytes) -> Answer:
        lines = f"{call.text('wechatpay-timestamp')}\n{call.text('wechatpay-nonce')}\n".encode()
        try:
            signature = base64.b64decode(call.text("wechatpay-signature"), validate=True)
            message = lines + body + b"\n"
            self._key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return json_answer(401, {"code": "FAIL", "message": "验签失败"})
        return json_answer(200, {"code": "SUCCESS"})
