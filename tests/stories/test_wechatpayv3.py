"""wechatpayv3 of PyPI, for API v3: used as its manual says, and with the usual mistakes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import wechatpayv3
from tests.stories.merchant_server import (
    FOREIGN_KEY,
    FOREIGN_SERIAL,
    NOTIFY_URL,
    Shop,
    behind_the_proxy,
    lead_through,
)
from tests.stories.passed import outcome


def v3(shop: Shop, **changed: Any) -> wechatpayv3.WeChatPay:
    """Return the library set up as its manual says; it fetches the platform's certificate now,
    unless it is given one."""
    merchant = shop.sandbox.merchant
    settings = {
        "wechatpay_type": wechatpayv3.WeChatPayType.NATIVE,
        "mchid": merchant.mchid,
        "private_key": merchant.private_key_pem,
        "cert_serial_no": merchant.serial,
        "appid": merchant.appid,
        "apiv3_key": merchant.api_v3_key,
        "notify_url": NOTIFY_URL,
    }
    return wechatpayv3.WeChatPay(**{**settings, **changed})


def kept_certificate(shop: Shop) -> str:
    """Return a folder with the platform's certificate, fetched at an earlier start."""
    folder = shop.home / "platform"
    folder.mkdir(exist_ok=True)
    platform = shop.sandbox.platform
    (folder / f"{platform.serial}.pem").write_text(platform.certificate_pem)
    return str(folder)


def pay(library: wechatpayv3.WeChatPay, number: str, **changed: Any) -> tuple[int, Any]:
    code, text = library.pay(
        description="测试商品", out_trade_no=number, amount={"total": 101}, **changed
    )
    return code, json.loads(text)


def test_wechatpayv3_used_right(shop: Shop) -> None:
    library = v3(shop)
    jsapi = wechatpayv3.WeChatPayType.JSAPI
    assert pay(library, "V1")[1]["code_url"].startswith("weixin://")
    assert "prepay_id" in pay(library, "V2", pay_type=jsapi, payer={"openid": "oEXAMPLE0001"})[1]
    assert library.query(out_trade_no="V1")[0] == 200
    assert library.close(out_trade_no="V2")[0] == 204
    paid = shop.sandbox.wechatpay.orders.pay("V1")
    assert json.loads(library.query(transaction_id=paid)[1])["trade_state"] == "SUCCESS"
    code, text = library.refund(
        out_refund_no="R1",
        transaction_id=paid,
        amount={"refund": 100, "total": 101, "currency": "CNY"},
    )
    assert (code, json.loads(text)["status"]) == (200, "PROCESSING")
    assert library.query_refund("R1")[0] == 200
    entries = shop.entries()
    assert entries[0]["request"]["url"].endswith("/v3/certificates")
    assert len(entries) == 8
    assert {outcome(entry)[1] for entry in entries} == {None}


V3_MISTAKES = [
    pytest.param(
        {"private_key": FOREIGN_KEY},
        "wechatpay/v3-key-foreign#key-of-another-certificate",
        id="key of another certificate",
    ),
    pytest.param(
        {"cert_serial_no": FOREIGN_SERIAL},
        "wechatpay/v3-serial-mismatch#serial-of-another-certificate",
        id="serial of another certificate",
    ),
]


@pytest.mark.parametrize(("changed", "verdict"), V3_MISTAKES)
def test_wechatpayv3_set_up_wrong(shop: Shop, changed: dict[str, Any], verdict: str) -> None:
    code, answer = pay(v3(shop, cert_dir=kept_certificate(shop), **changed), "V3")
    assert (code, answer["code"]) == (401, "SIGN_ERROR")
    assert shop.verdicts() == [(401, verdict, "proven")]


def test_wechatpayv3_on_a_machine_whose_clock_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind_the_proxy(tmp_path, lambda: time.time() + 600) as shop:
        lead_through(shop, monkeypatch)
        assert pay(v3(shop, cert_dir=kept_certificate(shop)), "V4")[0] == 401
        verdict = "wechatpay/v3-timestamp-skew#clock"
        assert shop.verdicts() == [(401, verdict, "proven")]


def test_wechatpayv3_where_requests_writes_json_another_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = v3(shop, cert_dir=kept_certificate(shop))
    # As programs do that prefer a faster serialiser; the library signs a text of its own.
    monkeypatch.setattr(requests.models, "complexjson", _Compact)
    assert pay(library, "V5")[0] == 401
    assert shop.verdicts() == [(401, "wechatpay/v3-body-spaced#serialised-twice", "proven")]


class _Compact:
    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return json.dumps(value, separators=(",", ":"))
