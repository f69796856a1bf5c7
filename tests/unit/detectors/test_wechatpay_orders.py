from __future__ import annotations

import json
from typing import Any

import pytest
from tests.exchanges import AT_S, exchange
from tests.unit.detectors.diagnosed import knowledge

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.masking import Masker
from why401.model import Diagnosis, Exchange

PAY = "https://api.mch.weixin.qq.com"
ORDER: dict[str, Any] = {
    "mchid": "1900000001",
    "out_trade_no": "T202611200001",
    "time_expire": "2026-11-20T10:00:00+08:00",
    "notify_url": "https://shop.example.com/notify",
    "amount": {"total": 1990},
    "payer": {"openid": "oEXAMPLE0001"},
}
REENTRY = {"code": "INVALID_REQUEST", "message": "请求重入时，参数与首次请求时不一致"}
ACCEPTED = {"prepay_id": "wx20000000000000000000000000000001"}


def v3(
    answer: Any = None, *, status: int = 200, at: float = 0, name: str = "o", **sent: Any
) -> Exchange:
    return exchange(
        f"{PAY}/v3/pay/transactions/jsapi",
        method="POST",
        body=json.dumps(ORDER | sent).encode(),
        status=status,
        json=ACCEPTED if answer is None and status else answer,
        at_s=AT_S + at,
        id=name,
    )


def v2(
    path: str,
    *,
    at: float = 0,
    status: int = 200,
    name: str = "o",
    answer: dict[str, str] | None = None,
    **sent: str,
) -> Exchange:
    fields = {"mch_id": "1900000001", "out_trade_no": "T202611200001", **sent}
    told = {"return_code": "SUCCESS", "result_code": "SUCCESS", **(answer or {})}
    return exchange(
        f"{PAY}{path}",
        method="POST",
        body=xml(fields),
        response_body=xml(told) if status else b"",
        status=status,
        at_s=AT_S + at,
        id=name,
    )


def xml(fields: dict[str, str]) -> bytes:
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f"<xml>{inner}</xml>".encode()


def shop(answer: Any, *, at: float = 1, sent: Any = None) -> Exchange:
    return exchange(
        "https://shop.example.com/api/pay",
        method="POST",
        headers={"Content-Type": "application/json"},
        body=json.dumps(sent or {}).encode(),
        json=answer,
        at_s=AT_S + at,
        id="shop",
    )


def hand_out(prepay_id: str = ACCEPTED["prepay_id"], **more: Any) -> dict[str, Any]:
    return {
        "data": {
            "appId": "wx0000000000000000",
            "timeStamp": "1795132800",
            "nonceStr": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
            "package": f"prepay_id={prepay_id}",
            "signType": "RSA",
            "paySign": "A" * 344,
        },
        **more,
    }


def last(*exchanges: Exchange) -> Diagnosis:
    """Return the diagnosis of the last of `exchanges`."""
    by = Diagnoser(knowledge(), NO_KEYS, Masker(b"k" * 32))
    found = [by.diagnose(each).diagnosis for each in exchanges][-1]
    assert found.faults == ()
    return found


def said(found: Diagnosis, name: str) -> tuple[str, str] | None:
    """Return cause and certainty of the finding `biz-name`."""
    for each in found.findings:
        if each.rule == f"wechatpay/biz-{name}":
            return each.causes[0].id, each.causes[0].certainty.value
    return None


LATER = "2026-11-20T10:05:00+08:00"


def test_retry_with_another_time_expire() -> None:
    found = last(v3(name="first"), v3(REENTRY, status=400, at=300, time_expire=LATER))
    assert said(found, "time-expire-changed") == ("recomputed", "proven")
    assert found.findings[0].related == ("first",)
    assert said(found, "order-reuse") is None


def test_retry_in_which_more_changed_than_time_expire() -> None:
    changed = v3(REENTRY, status=400, at=300, time_expire=LATER, amount={"total": 1})
    assert said(last(v3(), changed), "time-expire-changed") == ("recomputed", "likely")


@pytest.mark.parametrize(
    "exchanges",
    [
        pytest.param([v3(), v3(at=300)], id="cured: sent again as it was"),
        pytest.param([v3(), v3(REENTRY, status=400, amount={"total": 1})], id="another field"),
        pytest.param([v3(REENTRY, status=400, time_expire=LATER)], id="first never seen"),
        pytest.param(
            [v3(), v3(REENTRY, status=400, mchid="1900000002", time_expire=LATER)],
            id="another merchant's",
        ),
    ],
)
def test_time_expire_is_not_blamed(exchanges: list[Exchange]) -> None:
    assert said(last(*exchanges), "time-expire-changed") is None


def query(at: float, *, is_limited: bool = False) -> Exchange:
    return exchange(
        f"{PAY}/v3/pay/transactions/out-trade-no/T1?mchid=1900000001",
        status=429 if is_limited else 200,
        json={"code": "FREQUENCY_LIMITED", "message": "x"} if is_limited else {"trade_state": "X"},
        at_s=AT_S + at,
    )


def test_burst_of_queries() -> None:
    found = last(*(query(0.4 * n) for n in range(8)), query(3.2, is_limited=True))
    assert said(found, "rate") == ("burst", "proven")
    assert found.findings[0].values["count"] == 9
    assert found.verdict == "wechatpay/biz-rate#burst"


def test_slow_queries_are_no_burst() -> None:
    found = last(*(query(20.0 * n) for n in range(8)), query(160, is_limited=True))
    assert said(found, "rate") is None
    assert found.verdict == "wechatpay/v3-frequency-limited#polling"


FAILED = {"result_code": "FAIL", "err_code": "SYSTEMERROR", "err_code_des": "x"}
TAKEN = {"auth_code": "130000000000000000", "total_fee": "100"}


def test_payment_code_used_again_without_a_query() -> None:
    found = last(v2("/pay/micropay", answer=FAILED, **TAKEN), v2("/pay/micropay", at=5, **TAKEN))
    assert said(found, "no-query-fallback") == ("taken-again", "likely")


def test_new_number_after_no_answer() -> None:
    payer = {"openid": "oEXAMPLE0001", "total_fee": "100"}
    found = last(
        v2("/pay/unifiedorder", status=0, **payer),
        v2("/pay/unifiedorder", at=9, out_trade_no="T202611200002", **payer),
    )
    assert said(found, "no-query-fallback") == ("new-number", "possible")


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(v2("/pay/orderquery", at=2), id="cured: queried"),
        pytest.param(v2("/secapi/pay/reverse", at=2), id="cured: reversed"),
    ],
)
def test_asking_first_is_right(between: Exchange) -> None:
    first = v2("/pay/micropay", answer=FAILED, **TAKEN)
    again = v2("/pay/micropay", at=5, **TAKEN)
    assert said(last(first, between, again), "no-query-fallback") is None


@pytest.mark.parametrize(
    ("answer", "changed", "at"),
    [
        pytest.param({}, {}, 5, id="the first was accepted"),
        pytest.param({**FAILED, "err_code": "NOTENOUGH"}, {}, 5, id="surely not taken"),
        pytest.param(
            FAILED, {"total_fee": "101", "out_trade_no": "T2000000"}, 5, id="other amount"
        ),
        pytest.param(FAILED, {}, 3600, id="an hour later"),
    ],
)
def test_no_second_payment(answer: dict[str, str], changed: dict[str, str], at: float) -> None:
    first = v2("/pay/micropay", answer=answer, **TAKEN)
    found = last(first, v2("/pay/micropay", at=at, **{**TAKEN, **changed}))
    assert said(found, "no-query-fallback") is None


REFUSED = {"result_code": "FAIL", "err_code": "PARAM_ERROR", "err_code_des": "x"}
NOT_THERE = {"result_code": "FAIL", "err_code": "ORDERNOTEXIST", "err_code_des": "x"}


def test_order_that_failed_under_200_is_queried() -> None:
    found = last(
        v2("/pay/unifiedorder", answer=REFUSED, name="order"),
        v2("/pay/orderquery", answer=NOT_THERE, at=3),
    )
    assert said(found, "http-status-confusion") == ("went-on", "likely")


def test_order_that_failed_under_200_is_handed_out() -> None:
    found = last(v2("/pay/unifiedorder", answer=REFUSED), shop(hand_out("")))
    assert said(found, "http-status-confusion") == ("went-on", "likely")


@pytest.mark.parametrize(
    "exchanges",
    [
        pytest.param(
            [v2("/pay/unifiedorder"), v2("/pay/orderquery", answer=NOT_THERE)], id="accepted"
        ),
        pytest.param(
            [v3({"code": "PARAM_ERROR"}, status=400), v2("/pay/orderquery", answer=NOT_THERE)],
            id="refused with a status of its own",
        ),
        pytest.param(
            [v2("/pay/unifiedorder", answer=FAILED), v2("/pay/orderquery", answer=NOT_THERE)],
            id="a query after an unknown outcome is right",
        ),
        pytest.param([v2("/pay/unifiedorder"), shop(hand_out(""))], id="handed out, none failed"),
        pytest.param(
            [v2("/pay/unifiedorder", answer=REFUSED), shop(hand_out(""), at=600)], id="long ago"
        ),
    ],
)
def test_status_was_not_mistaken(exchanges: list[Exchange]) -> None:
    assert said(last(*exchanges), "http-status-confusion") is None


@pytest.mark.parametrize(
    ("total", "price", "expected"),
    [
        pytest.param(19, "19.90", ("yuan", "likely"), id="decimals cut off"),
        pytest.param(20, 19.9, ("yuan", "likely"), id="rounded"),
        pytest.param(199_000, "19.90", ("twice", "likely"), id="converted twice"),
        pytest.param(1990, "19.90", None, id="cured: fen"),
        pytest.param(1890, "19.90", None, id="a discount"),
        pytest.param(20, "20", None, id="without decimals nobody knows"),
    ],
)
def test_amount_against_the_price_shown(
    total: int, price: Any, expected: tuple[str, str] | None
) -> None:
    ordered = v3(amount={"total": total})
    found = last(ordered, shop(hand_out(orderInfo={"totalPrice": price})))
    assert said(found, "amount-yuan") == expected
    assert said(last(ordered, shop(hand_out(), sent={"amount": price})), "amount-yuan") == expected


def test_discounted_order_beside_its_old_price() -> None:
    prices = {"price": "1990.00", "payAmount": "19.90"}
    found = last(v3(amount={"total": 1990}), shop(hand_out(orderInfo=prices)))
    assert said(found, "amount-yuan") is None
