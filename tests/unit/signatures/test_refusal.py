"""Which refusals are about the signature, and which exchanges are worth a look at all."""

from __future__ import annotations

import pytest
from tests.exchanges import exchange
from tests.unit.signatures.messages import PAY, xml

from why401.case import Case
from why401.model import Exchange
from why401.signatures.markers import hands_parameters, is_pushed, worth_judging
from why401.signatures.refusal import Refusal, refusal


def v3(message: str, status: int = 401, code: str = "SIGN_ERROR") -> Exchange:
    return exchange(f"{PAY}/v3/x", status=status, json={"code": code, "message": message})


def v2(message: str, code: str = "") -> Exchange:
    fields = (("return_code", "FAIL"), ("return_msg", message))
    answer = xml((*fields, ("err_code", code))) if code else xml(fields)
    return exchange(f"{PAY}/pay/unifiedorder", method="POST", response_body=answer)


CASES = [
    pytest.param(v3("签名错误，请检查后再试"), Refusal.SIGNATURE, id="v3"),
    pytest.param(v3("错误的签名, 导致验签失败。"), Refusal.SIGNATURE, id="v3 with blanks"),
    pytest.param(v3("Authorization不合法"), Refusal.SIGNATURE, id="v3, some gateways"),
    pytest.param(
        v3("商户证书序列号有误。请使用签名私钥匹配的证书序列号"), Refusal.SERIAL, id="serial"
    ),
    pytest.param(v3("商户证书已过期"), None, id="certificate expired"),
    pytest.param(v3("Http头Authorization值格式错误，请参考《…》"), None, id="malformed"),
    pytest.param(v3("参数错误", 400, "PARAM_ERROR"), None, id="another error"),
    pytest.param(v2("签名错误"), Refusal.SIGNATURE, id="v2"),
    pytest.param(v2("sign error", "20001"), Refusal.SIGNATURE, id="v2 bills"),
    pytest.param(v2("invalid bill_date", "20001"), None, id="v2 bills, another error"),
    pytest.param(v2("appid不存在"), None, id="v2, another error"),
    pytest.param(exchange("https://shop.example/v3/x", status=401), None, id="another host"),
]


@pytest.mark.parametrize(("message", "expected"), CASES)
def test_refusals(message: Exchange, expected: Refusal | None) -> None:
    assert refusal(Case(message)) is expected


WORTH = [
    (b"/pay", b'{"paySign":"x","nonceStr":"n"}', None, True),
    (b"/pay", b'{"noncestr":"x","sign":"y"}', None, True),
    (b"/pay", b'{"orders":[1,2,3]}', None, False),
    (b"/pay", b'{"assignee":"design"}', None, False),
    (b"/notify", None, b"<xml><sign>x</sign></xml>", True),
    (b"/notify", None, b'{"resource_type":"encrypt-resource"}', True),
    (b"/login", None, b'{"encryptedData":"x"}', True),
    (b"/push?signature=a&timestamp=1&nonce=b", None, None, True),
    (b"/push?signature=a", None, None, False),
    (b"/", None, b"{}", False),
]


@pytest.mark.parametrize(("target", "content", "sent", "expected"), WORTH)
def test_markers(target: bytes, content: bytes | None, sent: bytes | None, expected: bool) -> None:
    assert worth_judging(200, target, content, sent) is expected
    assert hands_parameters(content or b"") or not expected or is_pushed(target, sent or b"")
