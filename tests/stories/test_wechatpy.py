"""wechatpy of PyPI, for API v2: used as its manual says, and with the usual mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import wechatpy.pay
from tests.stories.merchant_server import (
    NOTIFY_URL,
    Shop,
)
from wechatpy.exceptions import WeChatPayException


def v2(shop: Shop, **changed: Any) -> wechatpy.pay.WeChatPay:
    merchant = shop.sandbox.merchant
    settings = {"appid": merchant.appid, "api_key": merchant.api_v2_key, "mch_id": merchant.mchid}
    return wechatpy.pay.WeChatPay(**{**settings, **changed})


def unified_order(library: wechatpy.pay.WeChatPay, number: str) -> Any:
    return library.order.create(
        "NATIVE", "测试商品", 101, NOTIFY_URL, client_ip="203.0.113.7", out_trade_no=number
    )


def test_wechatpy_used_right(shop: Shop) -> None:
    library = v2(shop)
    ordered = unified_order(library, "W1")
    assert ordered["prepay_id"].startswith("wx")
    assert library.check_signature(ordered)
    assert library.order.query(out_trade_no="W1")["trade_state"] == "NOTPAY"
    assert library.order.close("W1")["result_code"] == "SUCCESS"
    assert shop.verdicts() == [(200, None, None)] * 3


V2_KEYS: list[Any] = [
    pytest.param(
        lambda shop: shop.sandbox.merchant.api_v3_key,
        ("wechatpay/v2-key-is-v3key#v3-key", "proven"),
        id="the APIv3 key",
    ),
    pytest.param(
        lambda shop: shop.sandbox.merchant.api_v2_key + "\n",
        ("wechatpay/v2-key-whitespace#white-space", "proven"),
        id="the key with its line's end",
    ),
    pytest.param(
        lambda shop: "0" * 32,
        ("wechatpay/v2-sign-unexplained#unknown", "possible"),
        id="a key that nobody knows",
    ),
]


@pytest.mark.parametrize(("key", "verdict"), V2_KEYS)
def test_wechatpy_with_a_wrong_key(
    shop: Shop, key: Callable[[Shop], str], verdict: tuple[str, str]
) -> None:
    with pytest.raises(WeChatPayException):
        unified_order(v2(shop, api_key=key(shop)), "W2")
    assert shop.verdicts() == [(200, *verdict)]


@pytest.mark.parametrize(
    ("signed", "sent", "verdict"),
    [
        pytest.param(
            b"</xml>",
            b"<device_info>WEB</device_info></xml>",
            ("wechatpay/v2-field-unsigned#field-unsigned", "proven"),
            id="a field added",
        ),
        # What was signed is not in what is sent: nobody can rebuild it, so nothing is claimed.
        pytest.param(
            b"<total_fee>101<",
            b"<total_fee>1<",
            ("wechatpay/v2-sign-unexplained#unknown", "possible"),
            id="another amount",
        ),
    ],
)
def test_wechatpy_where_something_alters_what_is_sent(
    shop: Shop, signed: bytes, sent: bytes, verdict: tuple[str, str]
) -> None:
    def alter(request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert isinstance(request.body, bytes)
        request.prepare_body(request.body.replace(signed, sent), None)
        return request

    library = v2(shop)
    library._http.auth = alter
    with pytest.raises(WeChatPayException):
        unified_order(library, "W3")
    assert shop.verdicts() == [(200, *verdict)]
