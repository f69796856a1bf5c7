from __future__ import annotations

import json

import pytest
from tests.exchanges import exchange

from why401.case import Case
from why401.case.wechatpay_call import Kind, flattened, pay_call

PAY = "https://api.mch.weixin.qq.com"

CALLS = [
    pytest.param("POST", "/v3/pay/transactions/jsapi", Kind.ORDER, id="v3 order"),
    pytest.param("POST", "/v3/pay/partner/transactions/native", Kind.ORDER, id="partner's order"),
    pytest.param("POST", "/v3/pay/transactions/codepay", Kind.MICROPAY, id="v3 payment code"),
    pytest.param("GET", "/v3/pay/transactions/id/42?mchid=1", Kind.QUERY, id="v3 query"),
    pytest.param("POST", "/v3/pay/transactions/out-trade-no/T1/close", Kind.CLOSE, id="v3 close"),
    pytest.param("POST", "/v3/refund/domestic/refunds", Kind.REFUND, id="v3 refund"),
    pytest.param("GET", "/v3/certificates", Kind.OTHER, id="v3 certificates"),
    pytest.param("POST", "/pay/unifiedorder", Kind.ORDER, id="v2 order"),
    pytest.param("POST", "/sandboxnew/pay/micropay", Kind.MICROPAY, id="v2 sandbox"),
    pytest.param("POST", "/pay/downloadbill", Kind.OTHER, id="v2 bill"),
]


@pytest.mark.parametrize(("method", "path", "kind"), CALLS)
def test_kind_of_a_call(method: str, path: str, kind: Kind) -> None:
    call = pay_call(Case(exchange(PAY + path, method=method)))
    assert call is not None
    assert call.kind is kind


def test_what_a_v3_order_says() -> None:
    body = {"mchid": "1", "out_trade_no": "T1", "amount": {"total": 7}, "payer": {"openid": "o"}}
    path = f"{PAY}/v3/pay/transactions/jsapi"
    call = pay_call(Case(exchange(path, method="POST", body=json.dumps(body).encode())))
    assert call is not None
    assert (call.merchant, call.number, call.total, call.payer) == ("1", "T1", 7, "o")


def test_number_and_merchant_of_a_path() -> None:
    path = f"{PAY}/v3/pay/transactions/out-trade-no/T%2D1?mchid=19"
    call = pay_call(Case(exchange(path)))
    assert call is not None
    assert (call.merchant, call.number, call.total) == ("19", "T-1", None)


def test_other_servers_are_not_asked() -> None:
    assert pay_call(Case(exchange("https://shop.example.com/pay/unifiedorder"))) is None


def test_hostile_bodies_are_bounded() -> None:
    wide = {f"k{n}": {f"j{m}": m for m in range(50)} for n in range(500)}
    assert len(flattened(wide)) <= 300
    assert flattened([1, 2]) == {}
    assert flattened(None) == {}
