"""Fixed parameters, page configurations, pushed and brought data, each made by one mistake: it is
named first, and nothing unrelated is named. As in `test_vectors` for messages to WeChat Pay."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import (
    APPID,
    MCHID,
    OTHER_V2_KEY,
    PLATFORM,
    PLATFORM_SERIAL,
    TIMESTAMP,
    V2_KEY,
    V3_KEY,
    sign,
)
from tests.unit.signatures.messages import context, examined, rules_of, v2_sign, xml
from tests.unit.signatures.schemes import SCHEMES

from why401.context import Context
from why401.history.learnt import Prepay
from why401.keys import Keys, Secret, WechatAccount
from why401.model import Exchange
from why401.signatures import search_deeper

VECTORS = Path(__file__).parents[2] / "vectors"
KEYS = {"api_v2_key": V2_KEY, "api_v3_key": V3_KEY, "other_v2_key": OTHER_V2_KEY}
PREPAY = "wx20112000000000example0001"
ACCOUNT = "credentials.wechat[0]"


def vectors(name: str) -> list[Any]:
    found = json.loads((VECTORS / name).read_text("utf-8"))["vectors"]
    return [pytest.param(each, id=f"{each['rule']} {at}") for at, each in enumerate(found)]


def hold(vector: dict[str, Any], message: Exchange, within: Context) -> None:
    """Assert that the mistake of `vector` is named first, and what is named besides."""
    found = examined(message, within)
    if found.wants_deeper:
        found = search_deeper(found)
    (check,) = found.checks
    told = [check.explained_by or "", *check.also_explained_by]
    assert told[0].partition("/")[2] == vector["rule"]
    assert {rule.partition("/")[2] for rule in told} == set(vector["explained_by"])


@pytest.mark.parametrize("vector", vectors("paysign.json"))
def test_pay_sign(vector: dict[str, Any]) -> None:
    signed, signature = vector["signed"], vector["signature"]
    if vector["algorithm"] == "RSA":
        assert sign(signed.encode()) == signature
    else:
        assert v2_sign(signed, KEYS[vector["key"]], vector["algorithm"]) == signature
    within = context()
    for what, nonce in map(str.split, vector["before"]):
        if what == "nonce":
            within.learnt.nonces.remember(nonce, "before")
        else:
            order = Prepay("order", "v2", MCHID, APPID, "JSAPI", "MD5", None, nonce)
            within.learnt.prepays.remember(PREPAY, order)
    hold(vector, exchange("https://api.shop.example/pay", json=vector["given"]), within)


@pytest.mark.parametrize("vector", vectors("jssdk.json"))
def test_js_sdk(vector: dict[str, Any]) -> None:
    made = hashlib.new(vector["algorithm"], vector["signed"].encode(), usedforsecurity=False)
    assert made.hexdigest() == vector["signature"]
    within = context()
    for what, value, *of in map(str.split, vector["before"]):
        if what == "token":
            url = f"/cgi-bin/token?appid={of[0] if of else ''}"
            answer = {"access_token": value, "expires_in": 7200}
        else:
            url = f"/cgi-bin/ticket/getticket?access_token={of[0] if of else 'T'}&type=jsapi"
            answer = {"errcode": 0, "ticket": value, "expires_in": 7200}
        examined(exchange(f"https://api.weixin.qq.com{url}", json=answer), within)
    page = quote(vector["page"], safe="")
    given = {
        "appId": APPID,
        "timestamp": TIMESTAMP,
        "nonceStr": "JsNonce01",
        "signature": vector["signature"],
    }
    hold(vector, exchange(f"https://api.shop.example/config?url={page}", json=given), within)


def sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("vector", vectors("mini_program.json"))
def test_mini_program(vector: dict[str, Any]) -> None:
    key = vector["session_key"]
    data = base64.b64decode(key) if vector["is_decoded"] else key.encode()
    assert sha1(vector["signed"].encode() + data) == vector["signature"]
    within = context()
    for each in vector["session_keys"]:
        answer = {"session_key": each, "openid": "o1"}
        url = f"https://api.weixin.qq.com/sns/jscode2session?appid={APPID}&js_code=c"
        examined(exchange(url, json=answer), within)
    brought = {"rawData": vector["raw_data"], "signature": vector["signature"]}
    message = exchange(
        "https://api.shop.example/login",
        method="POST",
        headers={"Content-Type": "application/json"},
        body=json.dumps(brought, ensure_ascii=False).encode(),
    )
    hold(vector, message, within)


def account(**values: Any) -> Context:
    return context(Keys(wechat=(WechatAccount(ACCOUNT, values.pop("appid", APPID), **values),)))


@pytest.mark.parametrize("vector", vectors("virtual_payment.json"))
def test_virtual_payment(vector: dict[str, Any]) -> None:
    made = hmac.new(vector["app_key"].encode(), vector["signed"].encode(), hashlib.sha256)
    assert made.hexdigest() == vector["signature"]
    within = account(
        app_key=Secret(f"{ACCOUNT}.app_key", "exampleappkey"),
        sandbox_app_key=Secret(f"{ACCOUNT}.sandbox_app_key", "sandboxappkey"),
    )
    url = "https://api.weixin.qq.com/xpay/query_user_balance?access_token=A&pay_sig="
    message = exchange(
        url + vector["signature"],
        method="POST",
        body=vector["body"].encode(),
        json={"errcode": 268490003, "errmsg": "x"},
    )
    hold(vector, message, within)


@pytest.mark.parametrize("vector", vectors("push.json"))
def test_push(vector: dict[str, Any]) -> None:
    assert sha1(vector["signed"].encode()) == vector["signature"]
    sealed = vector.get("sealed", "")
    older = vector.get("previous_aes_key")
    within = account(
        appid=vector["appid"],
        token=Secret(f"{ACCOUNT}.token", vector["token"]),
        encoding_aes_key=Secret(f"{ACCOUNT}.encoding_aes_key", vector["aes_key"]),
        previous_aes_keys=(Secret(f"{ACCOUNT}.previous[0]", older),) if older else (),
    )
    name = "msg_signature" if sealed else "signature"
    query = f"signature=x&{name}={vector['signature']}&timestamp={TIMESTAMP}&nonce=1234567890"
    message = exchange(
        f"https://shop.example/push?{query}",
        method="POST",
        body=xml((("ToUserName", "x"), ("Encrypt", sealed))) if sealed else b"<xml></xml>",
    )
    hold(vector, message, within)


@pytest.mark.parametrize("vector", vectors("callback.json"))
def test_callback(vector: dict[str, Any]) -> None:
    assert sign(vector["signed"].encode(), PLATFORM) == vector["signature"]
    hold(vector, called_back(vector, f"{PLATFORM_SERIAL:040X}"), context())


def called_back(vector: dict[str, Any], serial: str, status: int = 401) -> Exchange:
    headers = {
        "Wechatpay-Timestamp": str(TIMESTAMP),
        "Wechatpay-Nonce": vector["nonce"],
        "Wechatpay-Signature": vector["signature"],
        "Wechatpay-Serial": serial,
    }
    return exchange(
        "https://shop.example/notify",
        method="POST",
        headers=headers,
        body=vector["body"].encode(),
        status=status,
        response_body=b'{"code":"FAIL","message":"bad signature"}' if status > 200 else b"",
    )


SPELT = [
    pytest.param(f"{PLATFORM_SERIAL:x}", 401, True, id="small letters, refused"),
    pytest.param(f"{PLATFORM_SERIAL:x}", 200, False, id="small letters, taken"),
    pytest.param(f"{PLATFORM_SERIAL:040X}", 401, False, id="as sent"),
    pytest.param(f"{PLATFORM_SERIAL + 1:x}", 401, False, id="another number"),
]


@pytest.mark.parametrize(("serial", "status", "is_named"), SPELT)
def test_a_serial_number_in_other_letters(serial: str, status: int, is_named: bool) -> None:
    body = '{"resource_type":"encrypt-resource"}'
    signature = sign(f"{TIMESTAMP}\nNONCE\n{body}\n".encode(), PLATFORM)
    vector = {"nonce": "NONCE", "body": body, "signature": signature}
    found = examined(called_back(vector, serial, status))
    assert ("cb-header-trim" in rules_of(found)) is is_named


HOLD = [
    ("wechatpay-v3-answer", "callback.json", "cb-"),
    ("paysign-v2", "paysign.json", "ps-"),
    ("paysign-v3", "paysign.json", "ps-"),
    ("wechat-jssdk", "jssdk.json", "js-"),
    ("wechat-virtual-payment", "virtual_payment.json", "vp-"),
]


@pytest.mark.parametrize(("scheme", "name", "prefix"), HOLD)
def test_every_mistake_of_its_own_has_its_vector(scheme: str, name: str, prefix: str) -> None:
    (rules,) = (each.rules() for each in SCHEMES if each.name == scheme)
    having = {vector.values[0]["rule"] for vector in vectors(name)}
    assert {rule for rule in rules if rule.startswith(prefix)} <= having
