"""Sets of parameters found in any JSON, however their keys are spelt."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchanges import exchange
from tests.unit.signatures.invocations import jsapi
from tests.unit.signatures.messages import context, examined, rules_of

from why401.case import Case
from why401.signatures.handed import claims_of, looks_rsa
from why401.signatures.invocation import find_invocations, folded
from why401.signatures.paysign_structure import structural

TIMED = {"timeStamp": "1", "nonceStr": "n"}
SCENES = [
    ({**TIMED, "package": "prepay_id=1", "paySign": "s"}, "jsapi"),
    ({"time_stamp": "1", "nonce_str": "n", "packageValue": "prepay_id=1", "sign": "s"}, "jsapi"),
    ({**TIMED, "prepayid": "1", "partnerid": "2", "sign": "s"}, "app"),
    ({**TIMED, "prepayId": "1", "mchId": "2", "sign": "s"}, "app"),
    ({**TIMED, "prepayid": "1", "partnerid": "2", "package": "Sign=WXPay", "paySign": "s"}, "app"),
    (
        {**TIMED, "prepayid": "1", "partnerid": "2", "package": "prepay_id=1", "paySign": "s"},
        "jsapi",
    ),
    ({**TIMED, "signature": "0" * 40}, "jssdk"),
    ({**TIMED, "package": "sendid=1", "paySign": "s"}, "redpack"),
    ({**TIMED, "mch_id": "1", "package": "P", "sign_type": "H", "sign": "s"}, "payscore"),
    ({"send_coupon_merchant": "1", "stock_id0": "2", "sign": "s"}, "coupon"),
    ({**TIMED, "sign": "s", "other": 1}, None),
    ({"package": "prepay_id=1", "paySign": "s", "x": 1}, None),
]


@pytest.mark.parametrize(("value", "scene"), SCENES)
def test_scenes(value: dict[str, Any], scene: str | None) -> None:
    found = find_invocations({"data": [value]})
    assert [each.scene for each in found] == ([scene] if scene else [])
    assert all(each.where.startswith("response.json.data.0.") for each in found)


def test_an_order_string_is_taken_apart() -> None:
    text = "appid=a&partnerid=1&prepayid=2&noncestr=n&timestamp=1&package=Sign%3DWXPay&sign=s"
    (found,) = find_invocations({"orderInfo": text})
    assert (found.scene, found.value("package")) == ("app", "Sign=WXPay")


def test_names_are_compared_without_case_and_marks() -> None:
    assert folded("Nonce_Str") == folded("nonceStr") == folded("nonce-str") == "noncestr"


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


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=60)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["paySign", "sign", "timeStamp", "nonceStr", "package", "prepayid",
                             "partnerid", "signType", "appId", "data"]),
            inner,
            max_size=8,
        ),
    ),
    max_leaves=30,
)  # fmt: skip


@settings(deadline=None)
@given(JSON)
def test_no_json_breaks_it(value: Any) -> None:
    within = context()
    case = Case(exchange("https://a.example/", json=value))
    for handed in claims_of(case, within):
        assert isinstance(looks_rsa(handed.given.sign), bool)
        assert all(each.evidence for each in structural(handed, case, within))
