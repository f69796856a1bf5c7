"""Client libraries from the registries through the real proxy to the sandbox.

Each is used as its manual says: once right, and once with each of the usual mistakes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import wechatpayv3
import wechatpy.pay
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.stories.running import BIN, CHECKOUT, Web
from wechatpy.exceptions import WeChatPayException

from why401.sandbox import Sandbox
from why401.sandbox.authority import private_key_pem

NOTIFY_URL = "https://api.shop.example/notify"
FOREIGN_KEY = private_key_pem(rsa.generate_private_key(65537, 2048))
FOREIGN_SERIAL = "5D1F4E0C9A8B47E3A1B2C3D4E5F6071829304A5B"


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange as it stands in the exported HAR."""

    path: str
    status: int
    verdict: str | None
    certainty: str | None


class Shop:
    """A merchant's server behind the proxy."""

    def __init__(self, web: Web, sandbox: Sandbox, home: Path) -> None:
        self.web, self.sandbox, self.home = web, sandbox, home
        self._before = 0

    def seen(self) -> list[Seen]:
        """Return what passed since this was last asked."""
        har = self.home / "out.har"
        self.web.command("why401.export", "@all", str(har))
        entries = json.loads(har.read_bytes())["log"]["entries"][self._before :]
        self._before += len(entries)
        return [_seen(entry) for entry in entries]

    def outcomes(self) -> list[tuple[int, str | None, str | None]]:
        return [(each.status, each.verdict, each.certainty) for each in self.seen()]


def _seen(entry: dict[str, Any]) -> Seen:
    diagnosis = entry.get("_why401") or {}
    path = entry["request"]["url"].partition(".com")[2].partition("?")[0]
    verdict = diagnosis.get("verdict")
    return Seen(path, entry["response"]["status"], verdict, diagnosis.get("certainty"))


@contextlib.contextmanager
def behind_the_proxy(home: Path, clock: Callable[[], float] = time.time) -> Iterator[Shop]:
    """Run the proxy, configured with the merchant's keys, and a sandbox that goes by `clock`."""
    with Sandbox(clock) as sandbox:
        merchant = sandbox.merchant
        known = {
            "mchid": merchant.mchid,
            "appids": [merchant.appid],
            "api_v2_key": merchant.api_v2_key,
            "api_v3_key": merchant.api_v3_key,
            "certificate": merchant.certificate_pem,
        }
        config = home / "mitm_config.yaml"
        config.write_text(yaml.safe_dump({"credentials": {"wechatpay": [known]}}))
        options = (
            *("-s", str(CHECKOUT / "tests" / "stories" / "routes.py")),
            *("--set", f"ssl_verify_upstream_trusted_ca={sandbox.ca_pem_path}"),
        )
        ports = {
            "SANDBOX_HTTP_PORT": str(sandbox.http_port),
            "SANDBOX_HTTPS_PORT": str(sandbox.https_port),
        }
        command = [str(BIN / "why401"), "run", "-c", str(config), "--", *options]
        with Web(command, home, environment=ports) as web:
            yield Shop(web, sandbox, home)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with behind_the_proxy(tmp_path_factory.mktemp("libraries")) as shop:
        yield shop


def lead_through(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what `why401 exec` sets for a merchant's server."""
    # In small letters as well: those win where the machine has them.
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, shop.web.proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(shop.web.ca))


@pytest.fixture
def shop(running: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    lead_through(running, monkeypatch)
    running.seen()
    return running


# wechatpayv3 (PyPI): API v3.


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
    seen = shop.seen()
    assert seen[0].path == "/v3/certificates"
    assert len(seen) == 8
    assert {each.verdict for each in seen} == {None}


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
    assert shop.outcomes() == [(401, verdict, "proven")]


def test_wechatpayv3_on_a_machine_whose_clock_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind_the_proxy(tmp_path, lambda: time.time() + 600) as shop:
        lead_through(shop, monkeypatch)
        assert pay(v3(shop, cert_dir=kept_certificate(shop)), "V4")[0] == 401
        verdict = "wechatpay/v3-timestamp-skew#clock"
        assert shop.outcomes() == [(401, verdict, "proven")]


def test_wechatpayv3_where_requests_writes_json_another_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = v3(shop, cert_dir=kept_certificate(shop))
    # As programs do that prefer a faster serialiser; the library signs a text of its own.
    monkeypatch.setattr(requests.models, "complexjson", _Compact)
    assert pay(library, "V5")[0] == 401
    assert shop.outcomes() == [(401, "wechatpay/v3-body-spaced#serialised-twice", "proven")]


class _Compact:
    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return json.dumps(value, separators=(",", ":"))


# wechatpy (PyPI): API v2.


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
    assert shop.outcomes() == [(200, None, None)] * 3


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
    assert shop.outcomes() == [(200, *verdict)]


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
    assert shop.outcomes() == [(200, *verdict)]


# wechatpay-axios-plugin (npm): both.


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
    assert shop.outcomes() == [(200, None, None)] * 2


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
    assert shop.outcomes() == [outcome]


@needs_axios_plugin
def test_axios_plugin_on_a_machine_whose_clock_is_fast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind_the_proxy(tmp_path, lambda: time.time() - 600) as shop:
        lead_through(shop, monkeypatch)
        assert order_with_axios(shop, "v3", "X4")["status"] == 401
        assert shop.outcomes() == [(401, "wechatpay/v3-timestamp-skew#clock", "proven")]
