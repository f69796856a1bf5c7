"""wechatpay-axios-plugin of npm: used as its manual says, and with the usual mistakes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
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
from tests.stories.running import CHECKOUT

NODE_MODULES = os.environ.get("NODE_PATH") or str(CHECKOUT / ".npm" / "node_modules")
NODE = shutil.which("node")
needs_axios_plugin = pytest.mark.skipif(
    NODE is None or not (Path(NODE_MODULES) / "wechatpay-axios-plugin").is_dir(),
    reason="npm install --prefix .npm wechatpay-axios-plugin was not run",
)


def order_with_axios(shop: Shop, api: str, number: str, **changed: Any) -> dict[str, Any]:
    """Place a native order; `changed` replaces settings of the library."""
    assert NODE is not None
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
    done = subprocess.run(
        [NODE, str(Path(__file__).with_name("wechatpay_axios.cjs"))],
        env={**os.environ, "NODE_PATH": NODE_MODULES, "NODE_EXTRA_CA_CERTS": str(shop.web.ca)},
        input=json.dumps(task).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
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
