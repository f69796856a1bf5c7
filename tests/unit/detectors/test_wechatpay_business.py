from __future__ import annotations

import json
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, finding, knowledge, rules

from why401.diagnose import Diagnoser
from why401.keys import Keys, WechatPayKeys
from why401.masking import Masker
from why401.model import Diagnosis, Exchange

PAY = "https://api.mch.weixin.qq.com"
GOOD: dict[str, Any] = {
    "appid": "wx0000000000000000",
    "mchid": "1900000001",
    "description": "tea",
    "out_trade_no": "T202611200001",
    "notify_url": "https://shop.example.com/notify",
    "amount": {"total": 101, "currency": "CNY"},
    "payer": {"openid": "oEXAMPLE0001"},
}


def order(
    changed: dict[str, Any], message: str = "参数错误", *, status: int = 400, path: str = "jsapi"
) -> Exchange:
    """Return a v3 order; None leaves a field out."""
    sent = {name: value for name, value in (GOOD | changed).items() if value != "-"}
    answer = {"code": "PARAM_ERROR", "message": message} if status >= 400 else {"prepay_id": "wx1"}
    return exchange(
        f"{PAY}/v3/pay/transactions/{path}",
        method="POST",
        body=json.dumps(sent).encode(),
        status=status,
        json=answer,
    )


def unified(return_msg: str = "参数错误", **changed: str) -> Exchange:
    """Return a v2 order that was refused."""
    sent = {"appid": "wx0", "mch_id": "1900000001", "out_trade_no": "T0000001", **changed}
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in sent.items())
    answer = f"<xml><return_code>FAIL</return_code><return_msg>{return_msg}</return_msg></xml>"
    return exchange(
        f"{PAY}/pay/unifiedorder",
        method="POST",
        body=f"<xml>{inner}</xml>".encode(),
        response_body=answer.encode(),
    )


def cause(diagnosis: Diagnosis, rule: str) -> tuple[str, str]:
    found = finding(diagnosis, f"wechatpay/biz-{rule}").causes[0]
    return found.id, found.certainty.value


AMOUNT = "无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中"

FIRING: list[Any] = [
    pytest.param(
        order({"amount": {"total": "101"}}, AMOUNT), "amount-not-integer", "text", "proven",
        id="an amount as text",
    ),
    pytest.param(
        order({"amount": {"total": 1.01}}, AMOUNT), "amount-not-integer", "yuan", "proven",
        id="yuan",
    ),
    pytest.param(
        order({"amount": {"total": 0}}), "amount-not-integer", "zero", "likely", id="nothing"
    ),
    pytest.param(
        order({"amount": {"total": -1}}), "amount-not-integer", "not-a-number", "likely", id="minus"
    ),
    pytest.param(
        unified("无法将输入源“/body/xml/total_fee”映射到目标字段", total_fee="1.5"),
        "amount-not-integer", "yuan", "proven", id="v2 yuan",
    ),
    pytest.param(
        order({"amount": {"total": 1, "refund": 2}}), "refund-amount", "more-than-paid", "likely",
        id="a refund too large",
    ),
    pytest.param(
        order({"out_trade_no": "T1"}, "out_trade_no"), "order-no-format", "length", "proven",
        id="a short number",
    ),
    pytest.param(
        order({"out_trade_no": "订单0000001"}), "order-no-format", "characters", "likely",
        id="a Chinese number",
    ),
    pytest.param(
        order({"payer": {}}, "JSAPI支付必须传openid"), "openid-missing", "missing", "proven",
        id="no openid",
    ),
    pytest.param(
        unified(trade_type="JSAPI"), "openid-missing", "missing", "likely", id="v2 no openid"
    ),
    pytest.param(
        order({"time_expire": "2026-11-20 10:00:00"}), "time-format", "v3-format", "likely",
        id="a time without zone",
    ),
    pytest.param(
        unified(time_expire="2026-11-20"), "time-format", "v2-format", "likely", id="a v2 time"
    ),
    pytest.param(
        order({"description": "茶" * 43}), "body-length", "too-long", "likely", id="129 bytes"
    ),
    pytest.param(
        order({"description": "tea 🍵"}), "body-length", "characters", "likely", id="an emoji"
    ),
    pytest.param(
        order({"attach": None}), "null-values", "empty-value", "likely", id="null"
    ),
    pytest.param(
        order({"attach": "undefined"}), "null-values", "empty-value", "likely", id="undefined"
    ),
    pytest.param(
        order({"total_fee": 1}), "extra-field", "v2-names", "likely", id="v2 names in v3"
    ),
    pytest.param(unified(mchid="1"), "extra-field", "v3-names", "likely", id="v3 names in v2"),
    pytest.param(
        order({}, "请求中含有未在API文档中定义的参数"),
        "extra-field",
        "undocumented",
        "proven",
        id="a field that no document knows",
    ),
    pytest.param(
        order({"notify_url": "http://localhost:8080/n"}, status=200), "notify-url", "not-public",
        "proven", id="a local address, order accepted",
    ),
    pytest.param(
        order({"notify_url": "https://shop.example.com/n?a=1"}, status=200), "notify-url", "query",
        "likely", id="a query",
    ),
    pytest.param(
        order({"notify_url": "https://192.168.1.5/n"}, status=200), "notify-url", "not-public",
        "proven", id="a private address",
    ),
    pytest.param(
        order({"notify_url": "shop.example.com/n"}, status=200), "notify-url", "no-url", "proven",
        id="no scheme",
    ),
    pytest.param(
        order({"scene_info": {"payer_client_ip": "127.0.0.1"}}, status=200, path="h5"),
        "client-ip", "private", "proven", id="H5 from loopback",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "rule", "wanted", "certainty"), FIRING)
def test_mistake_in_the_fields(seen: Exchange, rule: str, wanted: str, certainty: str) -> None:
    assert cause(diagnosed(seen), rule) == (wanted, certainty)


SILENT: list[Any] = [
    pytest.param(order({}), id="a good order that was refused"),
    pytest.param(order({}, status=200), id="a good order"),
    pytest.param(order({"amount": {"total": "101"}}, status=200), id="what was accepted"),
    pytest.param(order({"payer": "-"}, path="native"), id="no openid where none is wanted"),
    pytest.param(order({"time_expire": "2026-11-20T10:00:00+08:00"}), id="a good time"),
    pytest.param(
        order({"scene_info": {"payer_client_ip": "127.0.0.1"}}, status=200),
        id="JSAPI from loopback",
    ),
    pytest.param(unified("签名错误", total_fee="1.5"), id="a signature was refused"),
    pytest.param(exchange(f"{PAY}/v3/certificates", status=404), id="no body"),
]


@pytest.mark.parametrize("seen", SILENT)
def test_good_fields_stay_silent(seen: Exchange) -> None:
    assert not any(rule.startswith("wechatpay/biz-") for rule in rules(diagnosed(seen)))


def test_field_that_the_answer_does_not_name_is_not_blamed() -> None:
    seen = exchange(
        f"{PAY}/v3/pay/transactions/native",
        method="POST",
        body=json.dumps(GOOD | {"attach": None}).encode(),
        status=400,
        json={"code": "PARAM_ERROR", "message": "x", "detail": {"field": "/description"}},
    )
    assert "wechatpay/biz-null-values" not in rules(diagnosed(seen))


@pytest.mark.parametrize(
    ("configured", "reports"), [("wx1111111111111111", True), (GOOD["appid"], False)]
)
def test_appid_is_compared_with_the_configured_ones(configured: str, reports: bool) -> None:
    known = Keys(
        wechatpay=(WechatPayKeys("credentials.wechatpay[0]", "1900000001", appids=(configured,)),)
    )
    seen = exchange(
        f"{PAY}/v3/pay/transactions/jsapi",
        method="POST",
        body=json.dumps(GOOD).encode(),
        status=400,
        json={"code": "APPID_MCHID_NOT_MATCH", "message": "x"},
    )
    found = Diagnoser(knowledge(), known, Masker(b"k" * 32)).diagnose(seen).diagnosis
    assert ("wechatpay/biz-appid-mchid" in rules(found)) is reports


@pytest.mark.parametrize(
    ("path", "listed", "wanted"),
    [
        ("partner/transactions/jsapi", ["/body/payer/openid"], "partner-openid"),
        ("transactions/jsapi", ["/body/payer/openid"], "named"),
        ("partner/transactions/jsapi", ["/body/goods_tagg"], "named"),
        ("partner/transactions/jsapi", ["x"], "undocumented"),
        ("partner/transactions/jsapi", [], "undocumented"),
        ("partner/transactions/jsapi", [7], "undocumented"),
        ("partner/transactions/jsapi", None, "undocumented"),
    ],
)
def test_the_field_that_no_document_knows_is_named(path: str, listed: Any, wanted: str) -> None:
    answer = {
        "code": "PARAM_ERROR",
        "message": "请求中含有未在API文档中定义的参数",
        "detail": {"location": None, "value": listed},
    }
    seen = exchange(
        f"{PAY}/v3/pay/{path}",
        method="POST",
        body=json.dumps(GOOD).encode(),
        status=400,
        json=answer,
    )
    assert cause(diagnosed(seen), "extra-field") == (wanted, "proven")


def test_a_field_is_not_named_by_another_that_has_it_in_its_name() -> None:
    seen = order({"scene_info": {"id": None}}, "appid 与 openid 不匹配")
    assert cause(diagnosed(seen), "null-values") == ("empty-value", "likely")
