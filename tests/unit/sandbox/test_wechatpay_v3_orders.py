"""Orders and refunds of API v3, asked without a socket."""

import json
from typing import Any

import pytest

from why401.model import Headers
from why401.sandbox.calls import Answer, Call
from why401.sandbox.merchant import APPID, MCHID, Merchant
from why401.sandbox.wechatpay_v3_orders import Orders

PLACE = "/v3/pay/transactions/jsapi"
REFUNDS = "/v3/refund/domestic/refunds"
BY_NUMBER = "/v3/pay/transactions/out-trade-no/A1"
NOW_S = 1795132800.0
ORDER = {
    "appid": APPID,
    "mchid": MCHID,
    "description": "测试商品",
    "out_trade_no": "A1",
    "notify_url": "https://shop.example/notify",
    "amount": {"total": 101, "currency": "CNY"},
}
REFUND = {"out_trade_no": "A1", "out_refund_no": "R1", "amount": {"refund": 60, "total": 101}}


def ask(orders: Orders, method: str, target: str, value: Any = None) -> Answer | None:
    body = b"" if value is None else json.dumps(value).encode()
    host = "api.mch.weixin.qq.com"
    return orders.answer(Call(method, "https", host, target.encode(), Headers(), body, NOW_S))


def told(orders: Orders, method: str, target: str, value: Any = None) -> tuple[int, Any]:
    """Return status and JSON of an answer that is there."""
    answer = ask(orders, method, target, value)
    assert answer is not None
    return answer.status, json.loads(answer.body or b"null")


@pytest.fixture
def orders() -> Orders:
    return Orders(Merchant(MCHID, APPID, "AB", "", "", "", ""))


@pytest.fixture
def paid(orders: Orders) -> Orders:
    """One order of 1.01 yuan, paid for."""
    told(orders, "POST", PLACE, ORDER)
    orders.pay("A1")
    return orders


KINDS = [
    pytest.param("jsapi", "prepay_id", "wx", id="JSAPI"),
    pytest.param("app", "prepay_id", "wx", id="app"),
    pytest.param("native", "code_url", "weixin://wxpay/", id="Native"),
    pytest.param("h5", "h5_url", "https://wx.tenpay.com/", id="H5"),
]


@pytest.mark.parametrize(("kind", "name", "start"), KINDS)
def test_each_kind_of_order_has_its_way_to_pay(
    orders: Orders, kind: str, name: str, start: str
) -> None:
    status, value = told(orders, "POST", f"/v3/pay/transactions/{kind}", ORDER)
    assert (status, list(value)) == (200, [name])
    assert value[name].startswith(start)


WRONG: list[Any] = [
    pytest.param({"appid": None}, 400, "PARAM_ERROR", "/appid", id="no appid"),
    pytest.param({"description": ""}, 400, "PARAM_ERROR", "/description", id="empty text"),
    pytest.param({"out_trade_no": 7}, 400, "PARAM_ERROR", "/out_trade_no", id="number for text"),
    pytest.param({"amount": "101"}, 400, "PARAM_ERROR", "/amount/total", id="no amount"),
    pytest.param({"amount": {"total": 1.01}}, 400, "PARAM_ERROR", "/amount/total", id="yuan"),
    pytest.param({"amount": {"total": True}}, 400, "PARAM_ERROR", "/amount/total", id="boolean"),
    pytest.param({"amount": {"total": 0}}, 400, "PARAM_ERROR", "/amount/total", id="nothing"),
    pytest.param({"mchid": "1900000002"}, 400, "PARAM_ERROR", "/mchid", id="another's mchid"),
    pytest.param({"appid": "wx1"}, 400, "APPID_MCHID_NOT_MATCH", None, id="another's appid"),
]


@pytest.mark.parametrize(("changed", "status", "code", "field"), WRONG)
def test_a_wrong_order_is_refused(
    orders: Orders, changed: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    found, value = told(orders, "POST", PLACE, {**ORDER, **changed})
    assert (found, value["code"]) == (status, code)
    assert value.get("detail", {}).get("field") == field


def test_an_order_can_be_repeated_but_not_changed(orders: Orders) -> None:
    assert told(orders, "POST", PLACE, ORDER)[0] == 200
    assert told(orders, "POST", PLACE, ORDER)[0] == 200
    status, value = told(orders, "POST", PLACE, {**ORDER, "description": "别的"})
    assert (status, value["code"]) == (400, "INVALID_REQUEST")


def test_an_order_is_not_paid_until_somebody_pays(orders: Orders) -> None:
    told(orders, "POST", PLACE, ORDER)
    assert told(orders, "GET", f"{BY_NUMBER}?mchid={MCHID}")[1]["trade_state"] == "NOTPAY"
    transaction_id = orders.pay("A1")
    assert orders.pay("A1") == transaction_id
    for target in (BY_NUMBER, f"/v3/pay/transactions/id/{transaction_id}"):
        value = told(orders, "GET", f"{target}?mchid={MCHID}")[1]
        assert (value["trade_state"], value["transaction_id"]) == ("SUCCESS", transaction_id)
    with pytest.raises(KeyError):
        orders.pay("A2")


NOT_THERE: list[Any] = [
    pytest.param("GET", f"{BY_NUMBER}?mchid={MCHID}", "ORDER_NOT_EXIST", id="query"),
    pytest.param("GET", f"/v3/pay/transactions/id/42?mchid={MCHID}", "ORDER_NOT_EXIST", id="id"),
    pytest.param("POST", f"{BY_NUMBER}/close", "ORDER_NOT_EXIST", id="close"),
    pytest.param("GET", f"{REFUNDS}/R1", "RESOURCE_NOT_EXISTS", id="refund"),
    pytest.param("POST", REFUNDS, "RESOURCE_NOT_EXISTS", id="refunding"),
]


@pytest.mark.parametrize(("method", "target", "code"), NOT_THERE)
def test_what_was_never_ordered_is_not_there(
    orders: Orders, method: str, target: str, code: str
) -> None:
    status, value = told(orders, method, target, REFUND if method == "POST" else None)
    assert (status, value["code"]) == (404, code)


def test_a_query_needs_the_merchant(orders: Orders) -> None:
    status, value = told(orders, "GET", BY_NUMBER)
    assert (status, value["detail"]["location"]) == (400, "query")


def test_a_closed_order_is_gone(orders: Orders) -> None:
    told(orders, "POST", PLACE, ORDER)
    assert told(orders, "POST", f"{BY_NUMBER}/close", {}) == (204, None)
    assert told(orders, "GET", f"{BY_NUMBER}?mchid={MCHID}")[0] == 404


REFUSED: list[Any] = [
    pytest.param({"out_refund_no": ""}, "PARAM_ERROR", id="no number"),
    pytest.param({"amount": {"refund": 60, "total": 100}}, "INVALID_REQUEST", id="other total"),
    pytest.param({"amount": {"refund": 0, "total": 101}}, "INVALID_REQUEST", id="nothing"),
    pytest.param({"amount": {"refund": 102, "total": 101}}, "INVALID_REQUEST", id="too much"),
    pytest.param({"amount": None}, "INVALID_REQUEST", id="no amount"),
]


@pytest.mark.parametrize(("changed", "code"), REFUSED)
def test_a_wrong_refund_is_refused(paid: Orders, changed: dict[str, Any], code: str) -> None:
    status, value = told(paid, "POST", REFUNDS, {**REFUND, **changed})
    assert (status, value["code"]) == (400, code)
    assert told(paid, "GET", f"{REFUNDS}/R1")[0] == 404


def test_refunds_never_give_back_more_than_was_paid(paid: Orders) -> None:
    status, first = told(paid, "POST", REFUNDS, REFUND)
    assert (status, first["status"], first["amount"]["refund"]) == (200, "PROCESSING", 60)
    assert first["create_time"] == "2026-11-20T08:00:00+08:00"
    assert told(paid, "POST", REFUNDS, REFUND)[1] == first
    assert told(paid, "GET", f"{REFUNDS}/R1")[1] == first
    second = {**REFUND, "out_refund_no": "R2"}
    assert told(paid, "POST", REFUNDS, second)[1]["message"] == "申请退款金额大于订单可退金额"
    rest = {**second, "amount": {"refund": 41, "total": 101}}
    assert told(paid, "POST", REFUNDS, rest)[0] == 200


def test_an_unpaid_order_is_not_refunded(orders: Orders) -> None:
    told(orders, "POST", PLACE, ORDER)
    assert told(orders, "POST", REFUNDS, REFUND)[0] == 404


@pytest.mark.parametrize(
    ("method", "target"),
    [
        pytest.param("GET", PLACE, id="GET of placing"),
        pytest.param("POST", BY_NUMBER, id="POST of a query"),
        pytest.param("GET", f"{BY_NUMBER}/close", id="GET of closing"),
        pytest.param("GET", "/v3/certificates", id="another interface"),
        pytest.param("POST", "/v3/pay/transactions/jsapi/", id="slash behind"),
    ],
)
def test_other_paths_are_left_to_others(orders: Orders, method: str, target: str) -> None:
    assert ask(orders, method, target, ORDER) is None


# -- partner mode --------------------------------------------------------------------------------

SUB = "1900000109"
PARTNER = "/v3/pay/partner/transactions"
PARTNER_ORDER = {
    "sp_appid": APPID,
    "sp_mchid": MCHID,
    "sub_mchid": SUB,
    **{name: value for name, value in ORDER.items() if name not in ("appid", "mchid")},
}


def test_a_provider_orders_for_a_merchant(orders: Orders) -> None:
    assert told(orders, "POST", f"{PARTNER}/jsapi", PARTNER_ORDER)[0] == 200
    orders.pay("A1")
    by_number = f"{PARTNER}/out-trade-no/A1?sp_mchid={MCHID}&sub_mchid={SUB}"
    status, value = told(orders, "GET", by_number)
    assert (status, value["trade_state"], value["sub_mchid"]) == (200, "SUCCESS", SUB)
    assert "mchid" not in value
    # Each mode knows its own orders alone.
    assert told(orders, "GET", f"{BY_NUMBER}?mchid={MCHID}")[0] == 404


PARTNER_WRONG: list[Any] = [
    pytest.param({"sub_mchid": None}, "PARAM_ERROR", "/sub_mchid", id="for nobody"),
    pytest.param({"sub_mchid": MCHID}, "INVALID_REQUEST", None, id="for oneself"),
    pytest.param({"sp_mchid": SUB}, "PARAM_ERROR", "/sp_mchid", id="in another's name"),
    pytest.param({"sp_appid": None}, "PARAM_ERROR", "/sp_appid", id="no appid"),
]


@pytest.mark.parametrize(("changed", "code", "field"), PARTNER_WRONG)
def test_a_wrong_order_of_a_provider_is_refused(
    orders: Orders, changed: dict[str, Any], code: str, field: str | None
) -> None:
    status, value = told(orders, "POST", f"{PARTNER}/jsapi", {**PARTNER_ORDER, **changed})
    assert (status, value["code"]) == (400, code)
    assert value.get("detail", {}).get("field") == field


def test_what_notices_tell(paid: Orders) -> None:
    url, payment = paid.told("A1")
    assert url == ORDER["notify_url"]
    assert (payment["trade_state"], payment["out_trade_no"]) == ("SUCCESS", "A1")
    told(paid, "POST", REFUNDS, REFUND)
    _, refund = paid.told_refund("R1")
    assert (refund["refund_status"], refund["mchid"]) == ("SUCCESS", MCHID)
    for unknown in (paid.told, paid.told_refund):
        with pytest.raises(KeyError):
            unknown("A2")
