from __future__ import annotations

import json

from tests.exchanges import AT_S, exchange

from why401.case import Case
from why401.case.wechatpay_call import pay_call
from why401.history.orders import MAX_MOMENTS, MAX_ORDERS, Orders
from why401.history.sighting import Fingerprints, sighting

PAY = "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi"


def case(number: str, *, at: float = 0, openid: str = "oEXAMPLE0001") -> Case:
    body = {
        "mchid": "1",
        "out_trade_no": number,
        "amount": {"total": 1},
        "payer": {"openid": openid},
    }
    return Case(
        exchange(PAY, method="POST", body=json.dumps(body).encode(), at_s=AT_S + at, json={})
    )


def learn(orders: Orders, each: Case) -> None:
    orders.learn(each, sighting(each.exchange))


def test_memory_is_bounded() -> None:
    orders = Orders(Fingerprints(b"k"))
    for number in range(MAX_ORDERS + 50):
        learn(orders, case(f"T{number:07}"))
    for _ in range(MAX_MOMENTS + 10):
        learn(orders, case("T0000001"))
    oldest, newest = pay_call(case("T0000010")), pay_call(case(f"T{MAX_ORDERS + 49:07}"))
    assert oldest is not None
    assert newest is not None
    assert orders.first(oldest) is None
    assert orders.first(newest) is not None
    assert len(orders.moments(case("T0000001"), AT_S)) == MAX_MOMENTS


def test_payer_is_kept_as_a_fingerprint() -> None:
    orders = Orders(Fingerprints(b"k"))
    learn(orders, case("T0000001"))
    assert "oEXAMPLE0001" not in repr(vars(orders))


def test_only_the_last_minute_counts() -> None:
    orders = Orders(Fingerprints(b"k"))
    for at in (0, 50, 100):
        learn(orders, case("T0000001", at=at))
    assert orders.moments(case("T0000001"), AT_S + 105) == (AT_S + 50, AT_S + 100)


def test_long_names_and_codes_are_cut() -> None:
    body = {"mchid": "1", "out_trade_no": "T0000001", "n" * 5000: 1}
    answer = {"code": "C" * 5000, "message": ""}
    orders = Orders(Fingerprints(b"k"))
    sent = json.dumps(body).encode()
    learn(orders, Case(exchange(PAY, method="POST", body=sent, status=400, json=answer)))
    assert len(repr(vars(orders))) < 5000
