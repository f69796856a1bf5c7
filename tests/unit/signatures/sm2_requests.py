"""v3 requests that are signed with SM2."""

from __future__ import annotations

import base64

from tests.exchanges import exchange
from tests.unit.signatures.example_keys import MCHID, NONCE, TIMESTAMP
from tests.unit.signatures.messages import BODY, JSAPI, PAY

from why401.model import Exchange

SERIAL = 0x7777


def request(signature: bytes | str, serial: int = SERIAL, body: str = BODY) -> Exchange:
    sent = signature if isinstance(signature, str) else base64.b64encode(signature).decode()
    value = (
        f'WECHATPAY2-SM2-WITH-SM3 mchid="{MCHID}",nonce_str="{NONCE}",'
        f'signature="{sent}",timestamp="{TIMESTAMP}",serial_no="{serial:040X}"'
    )
    return exchange(
        PAY + JSAPI,
        method="POST",
        headers={"Authorization": value, "Accept": "application/json", "User-Agent": "test"},
        body=body.encode(),
        status=401,
        json={"code": "SIGN_ERROR", "message": "签名错误，请检查后再试"},
    )
