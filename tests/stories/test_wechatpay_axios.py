"""wechatpay-axios-plugin of npm: used as its manual says, and with the usual mistakes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from tests.stories.merchant_server import (
    FOREIGN_KEY,
    FOREIGN_SERIAL,
    NOTIFY_URL,
    Shop,
    behind_the_proxy,
    lead_through,
)
from tests.stories.node import needs_npm, run_through

needs_axios_plugin = needs_npm("wechatpay-axios-plugin")


def order_with_axios(shop: Shop, api: str, number: str, **changed: Any) -> dict[str, Any]:
    """Place a native order; `changed` replaces settings of the library."""
    merchant, platform = shop.sandbox.merchant, shop.sandbox.platform
    indented = changed.pop("indented", False)
    settings = {
        "mchid": merchant.mchid,
        "serial": merchant.serial,
        "privateKey": merchant.private_key_pem,
        "certs": {platform.serial: platform.certificate_pem},
        "secret": merchant.api_v2_key,
    }
    order: dict[str, Any] = {"appid": merchant.appid, "out_trade_no": number}
    if api == "v3":
        order |= {"mchid": merchant.mchid, "description": "测试商品", "notify_url": NOTIFY_URL}
        order |= {"amount": {"total": 101, "currency": "CNY"}}
    else:
        order |= {"mch_id": merchant.mchid, "body": "测试商品", "notify_url": NOTIFY_URL}
        order |= {"total_fee": "101", "trade_type": "NATIVE", "spbill_create_ip": "203.0.113.7"}
        order |= {"nonce_str": "5D1F4E0C9A8B47E3A1B2C3D4E5F60718"}
    task = {"settings": settings | changed, "api": api, "order": order, "indented": indented}
    answer: dict[str, Any] = run_through(shop.web, "wechatpay_axios.cjs", task)
    return answer


@needs_axios_plugin
def test_axios_plugin_used_right(shop: Shop) -> None:
    assert order_with_axios(shop, "v3", "X1")["data"]["code_url"].startswith("weixin://")
    assert order_with_axios(shop, "v2", "X2")["data"]["prepay_id"].startswith("wx")
    assert shop.verdicts() == [(200, None, None)] * 2


AXIOS_MISTAKES: list[Any] = [
    pytest.param(
        "v3",
        {"privateKey": FOREIGN_KEY},
        (401, "wechatpay/v3-key-foreign#key-of-another-certificate", "proven"),
        id="v3 key",
    ),
    pytest.param(
        "v3",
        {"serial": FOREIGN_SERIAL},
        (401, "wechatpay/v3-serial-mismatch#serial-of-another-certificate", "proven"),
        id="v3 serial",
    ),
    pytest.param(
        "v3",
        {"indented": True},
        (401, "wechatpay/v3-body-compact#serialised-twice", "proven"),
        id="v3 body",
    ),
    pytest.param(
        "v2",
        {"secret": "0" * 32},
        (200, "wechatpay/v2-sign-unexplained#unknown", "possible"),
        id="v2 key",
    ),
]


@needs_axios_plugin
@pytest.mark.parametrize(("api", "changed", "outcome"), AXIOS_MISTAKES)
def test_axios_plugin_used_wrong(
    shop: Shop, api: str, changed: dict[str, Any], outcome: tuple[int, str, str]
) -> None:
    answer = order_with_axios(shop, api, "X3", **changed)
    assert "message" in answer
    assert shop.verdicts() == [outcome]


@needs_axios_plugin
def test_axios_plugin_on_a_machine_whose_clock_is_fast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind_the_proxy(tmp_path, lambda: time.time() - 600) as shop:
        lead_through(shop, monkeypatch)
        assert order_with_axios(shop, "v3", "X4")["status"] == 401
        assert shop.verdicts() == [(401, "wechatpay/v3-timestamp-skew#clock", "proven")]
