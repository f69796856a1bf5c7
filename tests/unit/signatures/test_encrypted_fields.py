"""Encrypted fields of v3 requests and the header that names their key."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import MCHID, PLATFORM_SERIAL, SERIAL
from tests.unit.signatures.messages import PAY, examined, rules_of

CIPHER = base64.b64encode(bytes(256)).decode()
NO_HEADER = "HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)"
WRONG = "平台证书序列号Wechatpay-Serial错误"
NOT_CIPHER = "请确认待处理的消息是否为加密后的密文"


def request(says: str, serial: str | None, name: str = CIPHER) -> Any:
    headers = {
        "Authorization": (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{MCHID}",nonce_str="N",signature="AA==",'
            f'timestamp="1795132800",serial_no="{SERIAL:040X}"'
        )
    }
    if serial is not None:
        headers["Wechatpay-Serial"] = serial
    return exchange(
        f"{PAY}/v3/fund-app/mch-transfer/transfer-bills",
        method="POST",
        headers=headers,
        body=json.dumps({"user": {"user_name": name}}).encode(),
        status=400,
        json={"code": "PARAM_ERROR", "message": says},
    )


RIGHT = f"{PLATFORM_SERIAL:040X}"
CASES = [
    pytest.param(request(NO_HEADER, None), ("enc-serial-missing",), id="no header"),
    pytest.param(request(NO_HEADER, RIGHT), (), id="header there all the same"),
    pytest.param(request(WRONG, f"{SERIAL:040X}"), ("enc-serial-merchant",), id="merchant's"),
    pytest.param(request(WRONG, RIGHT.lower()), ("enc-serial-format",), id="lower case"),
    pytest.param(request(WRONG, str(PLATFORM_SERIAL)), ("enc-serial-format",), id="decimal"),
    pytest.param(request(WRONG, "0" * 40), (), id="unknown"),
    pytest.param(request(NOT_CIPHER, RIGHT, "张三"), ("enc-plaintext",), id="plain text"),
    pytest.param(request(NOT_CIPHER, RIGHT), (), id="a ciphertext"),
    pytest.param(request("参数错误", None, "张三"), (), id="another complaint"),
]


@pytest.mark.parametrize(("message", "rules"), CASES)
def test_encrypted_fields(message: Any, rules: tuple[str, ...]) -> None:
    assert rules_of(examined(message)) == rules
