"""A refund of API v2 takes the merchant's certificate in the handshake, and a proxy that opens TLS
keeps it back: with the private key configured it shows it itself, without the key it says so."""

from __future__ import annotations

import contextlib
import secrets
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import yaml
from tests.stories.passed import led_to
from tests.stories.running import BIN, Web

from why401.sandbox import Sandbox
from why401.sandbox.wechatpay_v2 import read_xml, sign, write_xml

PAY = "https://api.mch.weixin.qq.com"


@contextlib.contextmanager
def proxied(sandbox: Sandbox, home: Path, *, with_key: bool) -> Iterator[Web]:
    """The proxy with the merchant's certificate, and perhaps its key, before the sandbox."""
    merchant = sandbox.merchant
    known = {
        "mchid": merchant.mchid,
        "api_v2_key": merchant.api_v2_key,
        "certificate": merchant.certificate_pem,
    }
    if with_key:
        known["private_key"] = merchant.private_key_pem
    config = {"why401": {"language": "en"}, "credentials": {"wechatpay": [known]}}
    (home / "c.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    options, ports = led_to(sandbox)
    command = [str(BIN / "why401"), "run", "-c", "c.yaml", "--", *options]
    with Web(command, home, environment=ports) as web:
        yield web


def posted(sandbox: Sandbox, web: Web, path: str, **fields: str) -> httpx.Response:
    merchant = sandbox.merchant
    sent = {"appid": merchant.appid, "mch_id": merchant.mchid, "nonce_str": "x", **fields}
    sent["sign"] = sign(sent, merchant.api_v2_key)
    trusted = ssl.create_default_context(cafile=str(web.ca))
    with httpx.Client(proxy=web.proxy, verify=trusted, trust_env=False) as client:
        return client.post(PAY + path, content=write_xml(sent))


def refunded(sandbox: Sandbox, web: Web) -> httpx.Response:
    """Order, pay and refund."""
    number = secrets.token_hex(8)
    order = {
        "body": "茶",
        "out_trade_no": number,
        "total_fee": "101",
        "spbill_create_ip": "203.0.113.7",
        "notify_url": "https://shop.example/notify",
        "trade_type": "JSAPI",
    }
    assert posted(sandbox, web, "/pay/unifiedorder", **order).status_code == 200
    sandbox.wechatpay.paid(number, time.time())
    asked = {"out_trade_no": number, "out_refund_no": number, "total_fee": "101"}
    return posted(sandbox, web, "/secapi/pay/refund", **asked, refund_fee="60")


def test_the_proxy_shows_the_merchants_certificate(sandbox: Sandbox, tmp_path: Path) -> None:
    with proxied(sandbox, tmp_path, with_key=True) as web:
        answer = refunded(sandbox, web)
        fields = read_xml(answer.content)
        assert fields is not None
        assert (answer.status_code, fields["result_code"]) == (200, "SUCCESS")
        assert [flow["comment"] for flow in web.flows()] == ["", ""]
        assert "PRIVATE KEY" not in web.output


def test_without_the_key_the_proxy_names_itself(sandbox: Sandbox, tmp_path: Path) -> None:
    with proxied(sandbox, tmp_path, with_key=False) as web:
        assert refunded(sandbox, web).status_code == 400
        order, refund = web.flows()
        assert order["comment"] == ""
        assert refund["comment"].startswith("The server wants a client certificate")
        shown = str(web.view(refund["id"]))
        assert "wechatpay/biz-tls-client-cert" in shown
