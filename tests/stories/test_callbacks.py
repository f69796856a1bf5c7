"""Notices of WeChat Pay on their way through the proxy to a merchant's server: what the server gets
wrong is explained, and what it does right is never flagged."""

from __future__ import annotations

import dataclasses
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.secret_forms import found_in
from tests.servers import ask
from tests.stories.callback_shop import CallbackShop
from tests.stories.running import BIN, Web

from why401.model import Headers
from why401.sandbox import Sandbox
from why401.sandbox.calls import Call
from why401.sandbox.tour_wechatpay import compact
from why401.sandbox.wechatpay_notices import Notice, Notices
from why401.sandbox.wechatpay_v2 import sign, write_xml

PAY = "api.mch.weixin.qq.com"


class Street:
    """The proxy in reverse mode before a shop, and WeChat Pay's side of it."""

    def __init__(self, sandbox: Sandbox, web: Web) -> None:
        self.sandbox = sandbox
        self.web = web

    def url(self, path: str) -> str:
        return f"{self.web.proxy}{path}"

    def v3(self, path: str) -> Notice:
        """Place and pay an order whose notices go to `path`; return the notice."""
        merchant = self.sandbox.merchant
        number = secrets.token_hex(8)
        order = {
            "appid": merchant.appid,
            "mchid": merchant.mchid,
            "description": "茶",
            "out_trade_no": number,
            "notify_url": self.url(path),
            "amount": {"total": 101},
        }
        self.sandbox.wechatpay.orders.answer(placed(compact(order)))
        return self.sandbox.wechatpay.paid(number, time.time())

    def v2(self, path: str, sign_type: str = "MD5") -> Notice:
        merchant = self.sandbox.merchant
        fields = {
            "appid": merchant.appid,
            "mch_id": merchant.mchid,
            "nonce_str": "x",
            "body": "茶",
            "out_trade_no": secrets.token_hex(8),
            "total_fee": "101",
            "spbill_create_ip": "203.0.113.7",
            "notify_url": self.url(path),
            "trade_type": "JSAPI",
            "sign_type": sign_type,
        }
        fields["sign"] = sign(fields, merchant.api_v2_key)
        ask(self.sandbox, PAY, "/pay/unifiedorder", method="POST", body=write_xml(fields))
        return self.sandbox.wechatpay.paid(fields["out_trade_no"], time.time())

    def told(self, notice: Notice) -> tuple[int, str]:
        """Deliver a notice; return the shop's status and what stands in the Comment column."""
        before = len(self.web.flows())
        status = posted(notice)
        flows = self.web.flows()
        assert len(flows) == before + 1
        return status, flows[-1]["comment"]


def posted(notice: Notice) -> int:
    """Send a notice over plain http; return the status of the answer."""
    url = urlsplit(notice.url)
    assert url.hostname == "127.0.0.1"
    with closing(HTTPConnection("127.0.0.1", url.port, timeout=10)) as connection:
        connection.request("POST", url.path, notice.body, dict(notice.headers))
        answer = connection.getresponse()
        answer.read()
        return answer.status


def placed(body: bytes) -> Call:
    """Return the call that places a v3 order; who may place one is another story."""
    target = b"/v3/pay/transactions/jsapi"
    return Call("POST", "https", PAY, target, Headers(), body, time.time())


CONFIG = """
mitmproxy: {{listen_host: 127.0.0.1, web_columns: [path, comment]}}
why401: {{language: en}}
credentials:
  wechatpay:
    - mchid: "{mchid}"
      api_v2_key: {v2}
      api_v3_key: {v3}
      private_key: file:key.pem
      platform_keys: [file:platform.pem]
"""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    home: Path = tmp_path_factory.mktemp("street")
    with Sandbox() as sandbox, CallbackShop(sandbox.platform.certificate_pem) as shop:
        merchant = sandbox.merchant
        (home / "platform.pem").write_text(sandbox.platform.certificate_pem)
        (home / "key.pem").write_text(merchant.private_key_pem)
        (home / "c.yaml").write_text(
            CONFIG.format(mchid=merchant.mchid, v2=merchant.api_v2_key, v3=merchant.api_v3_key)
        )
        mode = ["--mode", f"reverse:http://127.0.0.1:{shop.port}"]
        command = [str(BIN / "why401"), "run", "-c", "c.yaml", "--", *mode]
        with Web(command, home) as web:
            yield Street(sandbox, web)


V3 = [
    pytest.param("/right", 204, "", id="verified and taken"),
    pytest.param("/trusting", 204, "", id="taken unseen"),
    pytest.param("/parsing", 401, "A genuine callback was refused by the app", id="parsed first"),
    pytest.param("/reading-twice", 400, "The callback's body was read", id="read before"),
    pytest.param("/behind-a-login", 302, "The server did not acknowledge", id="redirected"),
]


@pytest.mark.parametrize(("path", "status", "says"), V3)
def test_what_shops_do_with_a_notice(street: Street, path: str, status: int, says: str) -> None:
    found, comment = street.told(street.v3(path))
    assert found == status
    assert comment.startswith(says) if says else comment == ""


def test_refusing_a_probe_is_right_and_taking_one_is_not(street: Street) -> None:
    notices = street.sandbox.wechatpay.notices
    assert street.told(notices.probe(street.v3("/right"))) == (401, "")
    status, comment = street.told(notices.probe(street.v3("/trusting")))
    assert status == 204
    assert "signature" in comment
    assert comment.endswith("[proven]")


V2 = [
    pytest.param("/v2", "", id="taken as it should be"),
    pytest.param("/v2-in-json", "The server did not acknowledge", id="acknowledged as in v3"),
]


@pytest.mark.parametrize("sign_type", ["MD5", "HMAC-SHA256"])
@pytest.mark.parametrize(("path", "says"), V2)
def test_v2_notices_want_their_own_receipt(
    street: Street, path: str, says: str, sign_type: str
) -> None:
    status, comment = street.told(street.v2(path, sign_type))
    assert status == 200
    assert comment.startswith(says) if says else comment == ""


def test_a_v2_refund_is_opened(street: Street) -> None:
    notice = street.sandbox.wechatpay.notices.v2_refund(street.url("/v2"), {"out_refund_no": "R"})
    assert street.told(notice) == (200, "")
    foreign = Notices(
        dataclasses.replace(street.sandbox.merchant, api_v2_key=street.sandbox.merchant.api_v3_key),
        street.sandbox.platform,
    ).v2_refund(street.url("/v2"), {"out_refund_no": "R"})
    assert street.told(foreign)[1].startswith("req_info was encrypted under another key")


def test_a_probe_disturbs_nobody_who_verifies(street: Street) -> None:
    notice = street.v3("/right")
    assert street.told(street.sandbox.wechatpay.notices.probe(notice)) == (401, "")
    assert street.told(notice) == (204, "")


def test_no_key_is_in_what_the_proxy_writes(street: Street, tmp_path: Path) -> None:
    """The last story: all that the proxy said, showed and exported of the others."""
    web, merchant = street.web, street.sandbox.merchant
    web.command("why401.export", "@all", str(tmp_path / "out.har"))
    texts = [web.output, (tmp_path / "out.har").read_text(encoding="utf-8")]
    for flow in web.flows():
        texts.append(json.dumps(flow, ensure_ascii=False))
        texts += [json.dumps(web.view(flow["id"], side)) for side in ("request", "response")]
    assert len(texts) > 20
    written = "\n".join(texts)
    for secret in (merchant.api_v2_key, merchant.api_v3_key, merchant.private_key_pem):
        assert found_in(written, secret) == []
