"""Parameters that a backend hands to its app, recomputed with the keys that are known."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import (
    APPID,
    MCHID,
    MERCHANT,
    OTHER_V2_KEY,
    SANDBOX_KEY,
    V2_KEY,
    V3_KEY,
    private_key,
    sign,
)
from tests.unit.signatures.invocations import (
    APP_APPID,
    APP_RSA_TEXT,
    APP_TEXT,
    JSAPI_TEXT,
    PREPAY,
    RSA_TEXT,
    TIME,
    app,
    jsapi,
    other_call,
)
from tests.unit.signatures.messages import (
    ORDER,
    PAY,
    context,
    examined,
    rules_of,
    v2_sign,
    xml,
)

from why401.keys import NO_KEYS, Secret
from why401.model import Certainty, Exchange
from why401.signatures import search_deeper

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
        other_call(
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
        other_call(
            send_coupon_merchant=MCHID,
            stock_id0="111",
            out_request_no0="REQ1",
            sign="63EFD8F08764268FCC9BCE59F8616920B3196C080E99849933D11931139DFA71",
        ),
        id="coupon",
    ),
    pytest.param(
        other_call(
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


def pss(text: bytes, salt: int | Any = 32) -> str:
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    return b64encode(private_key(MERCHANT).sign(text, scheme, hashes.SHA256())).decode()


AS_HANDED: dict[str, Any] = {
    "appid": None,
    "appId": APP_APPID,
    "noncestr": None,
    "nonceStr": "PayNonce01",
}
AS_HANDED_TEXT = APP_TEXT.replace("appid", "appId").replace("noncestr", "nonceStr")

MISTAKES = [
    pytest.param(
        app(v2_sign(AS_HANDED_TEXT), **AS_HANDED), "ps-field-name-case", id="APP, names as handed"
    ),
    pytest.param(
        app("", sign=None, paySign=v2_sign(AS_HANDED_TEXT), **AS_HANDED),
        "ps-field-name-case",
        id="APP, names as handed, paySign",
    ),
    pytest.param(jsapi(pss(RSA_TEXT), "RSA"), "v3-pss", id="PSS"),
    pytest.param(
        jsapi(pss(RSA_TEXT, padding.PSS.MAX_LENGTH), "RSA"), "v3-pss", id="PSS, longest salt"
    ),
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


@pytest.mark.parametrize("message", WORKED)
def test_without_keys_nothing_is_said_of_a_good_one(message: Exchange) -> None:
    assert examined(message, context(NO_KEYS)).findings == ()
