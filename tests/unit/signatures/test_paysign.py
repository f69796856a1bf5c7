"""Parameters that a backend hands to its app: judged with keys, and by what the order showed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from tests.exchanges import AT_S, exchange
from tests.unit.signatures.example_keys import APPID, MCHID, OTHER_V2_KEY, V2_KEY, V3_KEY, sign
from tests.unit.signatures.messages import (
    ORDER,
    PAY,
    context,
    examined,
    rules_of,
    v2_request,
    v2_sign,
    v2_text,
    v3_request,
    xml,
)

from why401.context import Context
from why401.keys import NO_KEYS, Secret
from why401.model import Certainty, Exchange
from why401.signatures import search_deeper

PREPAY = "wx20112000000000example0001"
TIME = "1795132800"
APP_APPID = "wx00000000000000bb"


def jsapi(pay_sign: str, sign_type: str = "MD5", **change: Any) -> Exchange:
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
    return exchange("https://api.shop.example/pay", json=given, id="pay")


def other(**given: Any) -> Exchange:
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

WORKED = [
    pytest.param(jsapi("B8AD002F9E022C4D377BE15143BD067D"), id="JSAPI, MD5"),
    pytest.param(
        jsapi("C7B62F6A19603C232950C4CC96E71C671EFF303AB379B2E07DD6C1CE6493E6A9", "HMAC-SHA256"),
        id="JSAPI, HMAC",
    ),
    pytest.param(jsapi(sign(RSA_TEXT), "RSA"), id="JSAPI, RSA"),
    pytest.param(app("A5C5EACE7905AD26C8EDEF526BC6AF00"), id="APP, MD5"),
    pytest.param(
        app("70AC711EC697FEFD23DD0A6B984C840D0B6B3C2859C99C2D3B63DFF3770B1CC8"), id="APP, HMAC"
    ),
    pytest.param(app(sign(APP_RSA_TEXT)), id="APP, RSA"),
    pytest.param(
        other(
            businessType="wxpayScoreUse",
            mch_id=MCHID,
            package="EXAMPLEPACKAGE0001",
            timestamp=TIME,
            nonce_str="PsNonce01",
            sign_type="HMAC-SHA256",
            sign="820CA64436B32DF9D16DAF00FF1BF1E868FAECCF9E455E569BC8E466FE9FD32D",
        ),
        id="payscore",
    ),
    pytest.param(
        other(
            send_coupon_merchant=MCHID,
            stock_id0="111",
            out_request_no0="REQ1",
            sign="63EFD8F08764268FCC9BCE59F8616920B3196C080E99849933D11931139DFA71",
        ),
        id="coupon",
    ),
    pytest.param(
        other(
            appId=APPID,
            timeStamp=TIME,
            nonceStr="PayNonce01",
            package=quote_plus("sendid=abc&ver=8&sign=zz%2B"),
            signType="MD5",
            paySign="65FC21552326880421F3DD3593D42B07",
        ),
        id="red packet",
    ),
]


@pytest.mark.parametrize("message", WORKED)
def test_the_worked_examples_are_valid(message: Exchange) -> None:
    found = examined(message)
    assert rules_of(found) == ()
    assert [check.status for check in found.checks] == ["valid"]


def test_the_signatures_of_the_reference_are_reproduced() -> None:
    assert sign(RSA_TEXT).startswith("l0EPO/zaCRzz5ucL0Jhg")
    assert sign(APP_RSA_TEXT).startswith("WVOgJjhtSYFXM8NCBnHS")


MISTAKES = [
    pytest.param(jsapi(v2_sign(JSAPI_TEXT.replace("appId", "appid"))), "ps-appid-name", id="appid"),
    pytest.param(
        jsapi(v2_sign(JSAPI_TEXT.partition("&")[2])), "ps-appid-missing", id="without appId"
    ),
    pytest.param(
        jsapi(v2_sign(JSAPI_TEXT.replace("&signType=MD5", ""))), "ps-signtype-unsigned", id="type"
    ),
    pytest.param(
        jsapi(v2_sign(JSAPI_TEXT.replace("prepay_id=", ""))), "ps-prefix-missing", id="no prefix"
    ),
    pytest.param(
        jsapi(v2_sign(JSAPI_TEXT.replace(APPID, APP_APPID))), "ps-appid-value", id="other appid"
    ),
    pytest.param(jsapi(v2_sign(JSAPI_TEXT, V3_KEY)), "ps-key-v3-for-v2", id="the v3 key"),
    pytest.param(
        jsapi(v2_sign(JSAPI_TEXT, OTHER_V2_KEY)), "ps-key-other-merchant", id="another's key"
    ),
    pytest.param(
        jsapi(v2_sign(JSAPI_TEXT.replace(TIME, "1795132802"))), "ps-ts-nonce-regenerated", id="time"
    ),
    pytest.param(jsapi(sign(RSA_TEXT[:-1]), "RSA"), "ps-no-final-newline", id="last newline"),
    pytest.param(
        jsapi(sign(RSA_TEXT.replace(b"prepay_id=", b"")), "RSA"), "ps-prefix-missing", id="v3"
    ),
    pytest.param(jsapi(sign(RSA_TEXT + b"RSA\n"), "RSA"), "ps-signtype-in-rsa", id="fifth line"),
    pytest.param(
        jsapi(sign(RSA_TEXT, "other"), "RSA"), "ps-key-other-merchant", id="another's private key"
    ),
    pytest.param(
        app(sign(APP_RSA_TEXT.replace(b"wx2011", b"prepay_id=wx2011"))), "ps-prefix-extra", id="x"
    ),
    pytest.param(
        app(sign(APP_RSA_TEXT.replace(PREPAY.encode(), b"Sign=WXPay"))),
        "ps-app-package-signed",
        id="package in the fourth line",
    ),
    pytest.param(
        app(
            v2_sign(
                f"appId={APP_APPID}&nonceStr=PayNonce01&packageValue=Sign=WXPay&partnerId={MCHID}"
                f"&prepayId={PREPAY}&timeStamp={TIME}"
            )
        ),
        "ps-app-camel-names",
        id="camel case",
    ),
    pytest.param(
        app(v2_sign(APP_TEXT.replace(f"&partnerid={MCHID}", ""))),
        "ps-app-partner-missing",
        id="partnerid left out",
    ),
    pytest.param(
        app(v2_sign(JSAPI_TEXT.replace(APPID, APP_APPID))), "ps-jsapi-set-for-app", id="JSAPI set"
    ),
    pytest.param(jsapi("0" * 32), "ps-unexplained", id="nothing known"),
]


@pytest.mark.parametrize(("message", "rule"), MISTAKES)
def test_mistakes_are_proven(message: Exchange, rule: str) -> None:
    assert rules_of(examined(message)) == (rule,)


def test_a_timestamp_far_off_is_found_deeper() -> None:
    found = examined(jsapi(v2_sign(JSAPI_TEXT.replace(TIME, "1795132700"))))
    assert found.wants_deeper
    assert rules_of(search_deeper(found)) == ("ps-ts-nonce-regenerated",)


def ordered_v3(at_s: float = AT_S) -> Context:
    """Return a context that has seen the order of API v3."""
    within = context(NO_KEYS)
    order = v3_request(status=200, id="order")
    answer = exchange(
        PAY + order.request.path.rstrip(),
        method="POST",
        headers=tuple((k.decode(), v.decode()) for k, v in order.request.headers.fields),
        body=order.request.body.data if order.request.body else b"",
        json={"prepay_id": PREPAY},
        at_s=at_s,
        id="order",
    )
    examined(answer, within)
    return within


def ordered_v2() -> Context:
    """Return a context that has seen the order of API v2."""
    within = context(NO_KEYS)
    order = v2_request(v2_sign(v2_text(ORDER)), id="order")
    answer = xml(
        (
            ("return_code", "SUCCESS"),
            ("prepay_id", PREPAY),
            ("nonce_str", "RespNonce1"),
            ("sign", "9FD7A1F20AF3DB112DE226843A098AD8"),
        )
    )
    sent = order.request
    examined(
        exchange(
            PAY + sent.path,
            method="POST",
            body=sent.body.data if sent.body else b"",
            response_body=answer,
            id="order",
        ),
        within,
    )
    return within


def test_without_a_key_a_reused_sign_is_proven() -> None:
    found = examined(jsapi(v2_sign(v2_text(ORDER))), ordered_v2())
    assert "ps-reused-order-sign" in rules_of(found)
    assert found.findings[0].related == ("order",)
    answered = examined(jsapi("9FD7A1F20AF3DB112DE226843A098AD8"), ordered_v2())
    assert "ps-reused-order-sign" in rules_of(answered)


SANDBOX_KEY = "sandbox0key0123456789abcdefghijk"
SANDBOX = "/sandboxnew/pay/unifiedorder"


@pytest.mark.parametrize(
    ("path", "key", "rules"),
    [
        pytest.param(SANDBOX, SANDBOX_KEY, (), id="the sandbox's throughout"),
        pytest.param(SANDBOX, V2_KEY, ("v2-key-sandbox-mixed",), id="ordered in the sandbox"),
        pytest.param("/pay/unifiedorder", SANDBOX_KEY, ("v2-key-sandbox-mixed",), id="in earnest"),
        pytest.param("/pay/unifiedorder", V2_KEY, (), id="in earnest throughout"),
    ],
)
def test_the_sandbox_has_a_key_of_its_own(path: str, key: str, rules: tuple[str, ...]) -> None:
    within = context()
    within.learnt.sandbox_keys.remember(MCHID, Secret("history.sandbox-key", SANDBOX_KEY))
    answer = xml((("return_code", "SUCCESS"), ("prepay_id", PREPAY)))
    order = exchange(
        PAY + path,
        method="POST",
        body=xml((*ORDER, ("trade_type", "JSAPI"), ("sign", "x"))),
        response_body=answer,
    )
    examined(order, within)
    assert rules_of(examined(jsapi(v2_sign(JSAPI_TEXT, key)), within)) == rules


STRUCTURE = [
    pytest.param(ordered_v3, jsapi("0" * 32), "ps-version-mix", id="v3 order, v2 sign"),
    pytest.param(ordered_v2, jsapi("A" * 344, "RSA"), "ps-version-mix", id="v2 order, RSA"),
    pytest.param(ordered_v2, jsapi("0" * 64, "HMAC-SHA256"), "ps-alg-mismatch", id="HMAC for MD5"),
    pytest.param(
        lambda: ordered_v3(AT_S - 7_201), jsapi("A" * 344, "RSA"), "ps-prepay-expired", id="old"
    ),
    pytest.param(
        ordered_v3, jsapi("A" * 344, "RSA", appId=APP_APPID), "ps-prepay-foreign", id="foreign"
    ),
    pytest.param(
        lambda: context(NO_KEYS),
        jsapi("0" * 32, package="prepay_id="),
        "ps-prepay-empty",
        id="empty",
    ),
    pytest.param(
        lambda: context(NO_KEYS),
        jsapi("0" * 32, package="prepay_id=undefined"),
        "ps-prepay-empty",
        id="undefined",
    ),
    pytest.param(
        lambda: context(NO_KEYS), jsapi("0" * 32, timeStamp=TIME + "000"), "ps-ts-millis", id="ms"
    ),
    pytest.param(
        lambda: context(NO_KEYS), jsapi("0" * 32, timeStamp=int(TIME)), "ps-ts-number", id="number"
    ),
    pytest.param(
        lambda: context(NO_KEYS), jsapi(sign(RSA_TEXT), "MD5"), "ps-signtype-label", id="label"
    ),
    pytest.param(
        lambda: context(NO_KEYS),
        jsapi(sign(RSA_TEXT).replace("+", " "), "RSA"),
        "ps-sign-damaged",
        id="plus signs lost",
    ),
    pytest.param(
        lambda: context(NO_KEYS),
        other(
            mch_id=MCHID,
            package="P",
            timestamp=TIME,
            nonce_str="N",
            sign_type="HMAC-SHA256",
            sign=sign(b"x"),
        ),
        "ps-payscore-rsa",
        id="payscore with RSA",
    ),
]


@pytest.mark.parametrize(("within", "message", "rule"), STRUCTURE)
def test_structure_needs_no_key(within: Any, message: Exchange, rule: str) -> None:
    assert rule in rules_of(examined(message, within()))


UNSURE = [
    pytest.param(jsapi("0" * 32), "ps-unexplained", Certainty.LIKELY, id="known by the appid"),
    pytest.param(app("0" * 32), "ps-unexplained", Certainty.PROVEN, id="named by its number"),
    pytest.param(jsapi(sign(b"x"), "RSA"), "ps-unexplained", Certainty.PROVEN, id="by the key"),
    pytest.param(
        jsapi(sign(RSA_TEXT), ""), "ps-signtype-label", Certainty.POSSIBLE, id="no signType"
    ),
    pytest.param(
        jsapi(sign(RSA_TEXT), "rsa"), "ps-signtype-label", Certainty.PROVEN, id="another signType"
    ),
]


@pytest.mark.parametrize(("message", "rule", "certainty"), UNSURE)
def test_an_appid_may_be_that_of_several_merchants(
    message: Exchange, rule: str, certainty: Certainty
) -> None:
    found = examined(message).findings
    assert [(each.rule, each.certainty) for each in found] == [(f"wechatpay/{rule}", certainty)]


def ordered_by_provider(payer: dict[str, str], path: str = "jsapi") -> Context:
    """Return a context that has seen a service provider's order, which names two appids."""
    within = context(NO_KEYS)
    order = v3_request(status=200)
    answer = exchange(
        f"{PAY}/v3/pay/partner/transactions/{path}",
        method="POST",
        headers=tuple((k.decode(), v.decode()) for k, v in order.request.headers.fields),
        body=json.dumps({"sp_appid": APP_APPID, "sub_appid": APPID, "payer": payer}).encode(),
        json={"prepay_id": PREPAY},
        id="order",
    )
    examined(answer, within)
    return within


PROVIDERS = [
    pytest.param(ordered_by_provider({"sub_openid": "o1"}), APPID, False, id="the merchant's user"),
    pytest.param(ordered_by_provider({"sp_openid": "o1"}), APP_APPID, False, id="the provider's"),
    pytest.param(ordered_by_provider({"sp_openid": "o1"}), APPID, True, id="of the other appid"),
    pytest.param(ordered_by_provider({}, "app"), APPID, True, id="an order for an app"),
    pytest.param(ordered_by_provider({}, "orders"), APPID, False, id="a path without a type"),
]


@pytest.mark.parametrize(("within", "appid", "is_foreign"), PROVIDERS)
def test_an_order_is_of_the_appid_whose_user_pays(
    within: Context, appid: str, is_foreign: bool
) -> None:
    found = examined(jsapi("A" * 344, "RSA", appId=appid), within)
    assert ("ps-prepay-foreign" in rules_of(found)) == is_foreign


@pytest.mark.parametrize("message", WORKED)
def test_without_keys_nothing_is_said_of_a_good_one(message: Exchange) -> None:
    assert examined(message, context(NO_KEYS)).findings == ()


def test_parameters_in_text_and_deeply_nested_are_found() -> None:
    response = jsapi("0" * 32).response
    assert response is not None
    assert response.body is not None
    wrapped = {"a": [{"b": json.dumps(json.loads(response.body.data)["data"])}]}
    assert rules_of(examined(exchange("https://a.example/", json=wrapped))) == ("ps-unexplained",)


@pytest.mark.parametrize(
    "value",
    [
        {"sign": "x", "nonce": 1},
        {"paySign": None, "timeStamp": 1},
        {"signature": "deadbeef", "timestamp": "1", "nonceStr": "x"},
        [{"paySign": {"a": 1}}] * 60,
        {"prepay": "x", "sign": "y" * 5_000},
    ],
)
def test_what_only_looks_alike_is_left_alone(value: Any) -> None:
    assert not examined(exchange("https://a.example/", json=value)).findings
