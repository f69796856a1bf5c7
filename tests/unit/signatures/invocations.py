"""Payment parameters as a shop's server hands them to its app, and the texts that they sign."""

from __future__ import annotations

from typing import Any

from tests.exchanges import exchange
from tests.unit.signatures.example_keys import APPID, MCHID

from why401.model import Exchange

PREPAY = "wx20112000000000example0001"
TIME = "1795132800"
APP_APPID = "wx00000000000000bb"


def jsapi(pay_sign: str, sign_type: str = "MD5", **change: Any) -> Exchange:
    """Return the answer that hands over what `requestPayment` takes; `None` leaves a field out."""
    given = {
        "appId": APPID,
        "timeStamp": TIME,
        "nonceStr": "PayNonce01",
        "package": f"prepay_id={PREPAY}",
        "signType": sign_type,
        "paySign": pay_sign,
        **change,
    }
    given = {name: value for name, value in given.items() if value is not None}
    return exchange("https://api.shop.example/pay", json={"code": 0, "data": given}, id="pay")


def app(value: str, **change: Any) -> Exchange:
    """Return the answer that hands over what the SDK of an app takes."""
    given = {
        "appid": APP_APPID,
        "partnerid": MCHID,
        "prepayid": PREPAY,
        "package": "Sign=WXPay",
        "noncestr": "PayNonce01",
        "timestamp": TIME,
        "sign": value,
        **change,
    }
    given = {name: value for name, value in given.items() if value is not None}
    return exchange("https://api.shop.example/pay", json=given, id="pay")


def other_call(**given: Any) -> Exchange:
    """Return the answer that hands over any other parameters: a pay score's, a coupon's."""
    return exchange("https://api.shop.example/call", json=given, id="pay")


JSAPI_TEXT = (
    f"appId={APPID}&nonceStr=PayNonce01&package=prepay_id={PREPAY}&signType=MD5&timeStamp={TIME}"
)
APP_TEXT = (
    f"appid={APP_APPID}&noncestr=PayNonce01&package=Sign=WXPay&partnerid={MCHID}"
    f"&prepayid={PREPAY}&timestamp={TIME}"
)
RSA_TEXT = f"{APPID}\n{TIME}\nPayNonce01\nprepay_id={PREPAY}\n".encode()
APP_RSA_TEXT = f"{APP_APPID}\n{TIME}\nPayNonce01\n{PREPAY}\n".encode()
