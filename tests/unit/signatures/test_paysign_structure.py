"""What is wrong with parameters whatever the key: their own form, and what the order showed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.exchanges import AT_S, exchange
from tests.unit.signatures.example_keys import APPID, MCHID, sign
from tests.unit.signatures.invocations import APP_APPID, PREPAY, RSA_TEXT, TIME, jsapi, other_call
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
from why401.keys import NO_KEYS
from why401.model import Exchange


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
        lambda: context(NO_KEYS),
        jsapi("0" * 32, timeStamp=-(10**2000)),
        "ps-ts-number",
        id="a number of two thousand digits",
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
        other_call(
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
