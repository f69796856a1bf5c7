"""Callbacks of WeChat Pay v3: a genuine one, and whatever a test wants changed in it."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.exchanges import AT_S, exchange
from tests.unit.signatures.example_keys import (
    PLATFORM,
    PLATFORM_SERIAL,
    TIMESTAMP,
    V3_KEY,
    sign,
)

from why401.model import Exchange
from why401.signatures import markers

PLAIN = b'{"out_trade_no":"T202611200001","trade_state":"SUCCESS"}'
SEALED = (
    "AcI1GjQUjycEFWiQZlyekUYWT436rqBZoto3xzb1wAa0BUXOrAEDB67uFoVKJmk/jkcqmz78wRq7twCBob0seKju/"
    "ozXB630"
)

PROBE = markers.PROBE + "A" * 344


def resource(key: str = V3_KEY, **change: str) -> dict[str, str]:
    """Return the sealed part, sealed with this key."""
    data = AESGCM(key.encode()).encrypt(b"fEXAMPLE0001", PLAIN, b"transaction")
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(data).decode(),
        "associated_data": "transaction",
        "nonce": "fEXAMPLE0001",
        **change,
    }


def body(sealed: dict[str, str] | None = None, **change: str) -> str:
    """Return the JSON text around a sealed part."""
    value = {
        "id": "EV-1",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "resource": sealed or resource(),
        **change,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def callback(
    text: str | None = None,
    *,
    signed: str | None = None,
    tag: str = PLATFORM,
    signature: str | None = None,
    serial: str = f"{PLATFORM_SERIAL:040X}",
    timestamp: int = TIMESTAMP,
    status: int = 200,
    answer: str = "",
    leave_out: str = "",
    id: str = "t#0",  # noqa: A002
) -> Exchange:
    """Return a callback that the platform signed, `signed` in place of its text, and the answer."""
    text = body() if text is None else text
    message = f"{timestamp}\nNONCE\n{text if signed is None else signed}\n".encode()
    headers = {
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": "NONCE",
        "Wechatpay-Signature": signature or sign(message, tag),
        "Wechatpay-Serial": serial,
        "Content-Type": "application/json",
    }
    headers.pop(leave_out, None)
    return exchange(
        "https://shop.example/notify",
        method="POST",
        headers=headers,
        body=text.encode(),
        status=status,
        response_body=answer.encode(),
        at_s=AT_S,
        id=id,
    )
