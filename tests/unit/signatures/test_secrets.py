"""No key, ticket or whole signature stands in anything that is said, however it is encoded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.secret_forms import found_in
from tests.unit.signatures.example_keys import (
    APPID,
    OLD_V2_KEY,
    OTHER_V2_KEY,
    V2_KEY,
    V3_KEY,
    all_keys,
    sign,
)
from tests.unit.signatures.messages import (
    ORDER,
    examined,
    v2_request,
    v2_sign,
    v2_text,
    v3_request,
)

from why401.context import Context
from why401.history import History
from why401.keys import Keys, Secret, WechatAccount
from why401.masking import Masker
from why401.model import Diagnosis, Exchange
from why401.report.plain import facts
from why401.signatures import search_deeper

TICKET = "TICKET-kgt8ON7yVITDhtdwci0qea"
SESSION_KEY = "NuQrduxY48/dw4eDEI4PMQ=="
TOKEN = "pushTokenValue0123"
AES_KEY = "U8KgH61lqDbZsf8z5LEv+JzgFe2CW2H9mo0oaBpXuBw"
APP_SECRET = "0123456789abcdef0123456789abcdef"
APP_KEY = "appKeyValue/with+signs=="
SECRETS = (V2_KEY, V3_KEY, OLD_V2_KEY, OTHER_V2_KEY, TICKET, SESSION_KEY, TOKEN, AES_KEY,
           APP_SECRET, APP_KEY)  # fmt: skip


def everything_known() -> Context:
    account = WechatAccount(
        "credentials.wechat[0]",
        APPID,
        secret=Secret("credentials.wechat[0].secret", APP_SECRET),
        token=Secret("credentials.wechat[0].token", TOKEN),
        encoding_aes_key=Secret("credentials.wechat[0].encoding_aes_key", AES_KEY),
        app_key=Secret("credentials.wechat[0].app_key", APP_KEY),
    )
    within = Context(
        History(), Keys(wechatpay=all_keys().wechatpay, wechat=(account,)), Masker(b"tests")
    )
    for url, answer in (
        ("cgi-bin/ticket/getticket?type=jsapi", {"errcode": 0, "ticket": TICKET}),
        ("sns/jscode2session?appid=x", {"session_key": SESSION_KEY, "openid": "o"}),
    ):
        examined(exchange(f"https://api.weixin.qq.com/{url}", json=answer), within)
    return within


def messages() -> list[Exchange]:
    keys = (V2_KEY, V3_KEY, OLD_V2_KEY, OTHER_V2_KEY, APP_SECRET, V2_KEY + "\n", V2_KEY.lower())
    found = [v2_request(v2_sign(v2_text(ORDER), key)) for key in keys]
    found += [v2_request("0" * 32), v3_request(), v3_request(sign(b"x").encode())]
    vectors = Path(__file__).parents[2] / "vectors"
    for vector in json.loads((vectors / "wechatpay_v2.json").read_text("utf-8"))["vectors"]:
        fields = tuple((name, value) for name, value in vector.get("fields", ORDER))
        found.append(v2_request(vector["sign"], fields))
    page = {"appId": APPID, "timestamp": 1, "nonceStr": "n", "signature": "0" * 40}
    for value in ("0" * 32, v2_sign("x")):
        pay = {
            "appId": APPID,
            "timeStamp": "1795132800",
            "nonceStr": "n",
            "package": "prepay_id=wx1",
            "signType": "MD5",
            "paySign": value,
        }
        found.append(exchange("https://a.example/pay", json=pay))
    found.append(exchange("https://a.example/js?url=https://a.example/", json=page))
    query = "signature=" + "0" * 40 + "&timestamp=1&nonce=2"
    found.append(exchange(f"https://a.example/push?{query}", method="POST", body=b"<xml/>"))
    return found


def said(message: Exchange, within: Context) -> str:
    found = examined(message, within)
    if found.wants_deeper:
        found = search_deeper(found)
    plain: dict[str, Any] = facts(Diagnosis(findings=found.findings, signatures=found.checks))
    return repr(found.reports) + json.dumps(plain, ensure_ascii=False)


@pytest.fixture(scope="module")
def output() -> str:
    within = everything_known()
    return "\n".join(said(message, within) for message in messages()) + repr(within.keys)


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_no_form_of_a_secret_is_said(output: str, secret: str) -> None:
    assert len(output) > 50_000
    assert found_in(output, secret) == []


def test_no_signature_is_said_whole(output: str) -> None:
    assert v2_sign(v2_text(ORDER)) not in output
    assert sign(b"x") not in output
