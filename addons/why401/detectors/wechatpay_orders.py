"""Mistakes in how a shop goes on after an order, visible in several exchanges with WeChat Pay.

A retry with another time_expire, too many calls, a new order while nobody knows what became of the
last, an answer with HTTP 200 taken for success, an amount in yuan where fen are meant.
Source: pay.weixin.qq.com, the pages of the order and query interfaces; the advice on retries there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from why401.case import Case
from why401.case.wechatpay_call import Kind, PayCall, flattened, pay_call
from why401.context import Context
from why401.detectors.traits import Trait
from why401.history.orders import Order
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding
from why401.signatures.handed import claims_of

REPORTS = (
    "wechatpay/biz-time-expire-changed",
    "wechatpay/biz-rate",
    "wechatpay/biz-no-query-fallback",
    "wechatpay/biz-http-status-confusion",
    "wechatpay/biz-amount-yuan",
)
NEEDS = frozenset({Trait.ORDERS})

MIN_BURST = 5
MAX_BURST_S = 10.0
UNCERTAIN_S = 600.0
JUST_FAILED_S = 60.0
_TOO_OFTEN = frozenset(
    {"FREQUENCY_LIMITED", "FREQUENCYLIMITED", "RATELIMIT_EXCEEDED", "RATELIMIT_EXCEED"}
    | {"RATE_LIMITED", "INVALID_REQ_TOO_MUCH"}
)
_NOT_THERE = frozenset({"ORDERNOTEXIST", "ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"})
_REENTERED = frozenset({"268498688", "271316598"})
_PRICE_NAMES = regex(r"(?:price|amount|money|fee|total|cost|pay)", re.IGNORECASE)
_YUAN = regex(r"[0-9]{1,7}\.[0-9]{1,2}")
MAX_PRICES = 20


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what earlier orders show to be wrong with this call, or with what a shop hands out."""
    orders = context.history.orders
    if case.family is None:
        if orders.is_kept() and case.response.json is not None:
            yield from _handed_out(case, context)
        return
    call = pay_call(case)
    if call is None:
        return
    if case.error is not None:
        yield from _time_expire(case, context, call)
        yield from _too_often(case, context)
        yield from _never_created(case, context, call)
    if call.kind in (Kind.ORDER, Kind.MICROPAY):
        yield from _unqueried(case, context, call)


def _time_expire(case: Case, context: Context, call: PayCall) -> Iterator[Finding]:
    """The order was refused because it differs from how it was first sent, in its time_expire."""
    error = case.error
    is_reentry = error is not None and (
        error.request_id_code in _REENTERED or "重入" in error.message or "首次" in error.message
    )
    first = context.history.orders.first(call) if is_reentry else None
    if first is None or error is None:
        return
    now = context.history.orders.fingerprints_of(case)
    changed = sorted(
        path for path in now.keys() | first.fields.keys() if now.get(path) != first.fields.get(path)
    )
    if "time_expire" not in changed:
        return
    # Values that a client draws anew are not compared by the server.
    only = changed == ["time_expire"]
    kind = "xml" if case.request.xml is not None else "json"
    yield Finding(
        REPORTS[0],
        Certainty.PROVEN,
        (
            Evidence(f"request.{kind}.out_trade_no", call.number),
            Evidence("history.order-first", f"{first.exchange}: {', '.join(changed)[:120]}"),
            Evidence(error.message_place, error.message[:240]),
        ),
        (CauseFound("recomputed", Certainty.PROVEN if only else Certainty.LIKELY),),
        related=(first.exchange,),
    )


def _too_often(case: Case, context: Context) -> Iterator[Finding]:
    error, now_s = case.error, case.exchange.at_s
    if error is None or now_s is None or error.code.upper() not in _TOO_OFTEN:
        return
    moments = context.history.orders.moments(case, now_s)
    burst = [each for each in moments if now_s - each <= MAX_BURST_S]
    if len(burst) + 1 < MIN_BURST:
        return
    span_s = max(now_s - burst[0], 0.0)
    yield Finding(
        REPORTS[1],
        Certainty.PROVEN,
        (
            Evidence("history.calls", f"{len(burst) + 1} in {span_s:.1f} s"),
            Evidence(error.place, error.code),
        ),
        (CauseFound("burst", Certainty.PROVEN),),
        {"count": len(burst) + 1, "span_s": round(span_s, 1)},
    )


def _never_created(case: Case, context: Context, call: PayCall) -> Iterator[Finding]:
    """An order that was refused under HTTP 200 is queried or closed as if it were there."""
    error = case.error
    if error is None or not call.number or call.kind not in (Kind.QUERY, Kind.CLOSE):
        return
    if error.code.upper() not in _NOT_THERE:
        return
    failed = context.history.orders.failed(call.number)
    if failed is not None and failed.status in (200, 202) and not failed.is_uncertain:
        yield Finding(
            REPORTS[3],
            Certainty.LIKELY,
            (_failed(failed), Evidence(error.place, error.code)),
            (CauseFound("went-on", Certainty.LIKELY),),
            related=(failed.exchange,),
        )


def _failed(order: Order) -> Evidence:
    return Evidence("history.order-failed", f"{order.exchange}: HTTP {order.status} {order.code}")


def _unqueried(case: Case, context: Context, call: PayCall) -> Iterator[Finding]:
    """Money is asked for again while nobody has asked what became of it the first time."""
    now_s = case.exchange.at_s
    if now_s is None:
        return
    earlier = context.history.orders.uncertain(call, now_s, UNCERTAIN_S)
    if earlier is None:
        return
    is_same = earlier.call.number == call.number
    outcome = earlier.code or "no answer"
    yield Finding(
        REPORTS[2],
        Certainty.LIKELY if is_same else Certainty.POSSIBLE,
        (Evidence("history.order-uncertain", f"{earlier.exchange}: {outcome}"),),
        (
            CauseFound(
                "taken-again" if is_same else "new-number",
                Certainty.LIKELY if is_same else Certainty.POSSIBLE,
            ),
        ),
        related=(earlier.exchange,),
    )


def _handed_out(case: Case, context: Context) -> Iterator[Finding]:
    """What a shop hands to its app, against the order that it stands for."""
    orders, now_s = context.history.orders, case.exchange.at_s or 0.0
    for handed in claims_of(case, context):
        order = orders.prepaid(handed.prepay_id) if handed.prepay_id else None
        if order is not None:
            yield from _yuan(case, order)
        elif not handed.prepay_id or handed.prepay_id in ("null", "undefined", "None"):
            failed = orders.last_failed(now_s, JUST_FAILED_S)
            if failed is not None and failed.status in (200, 202):
                yield Finding(
                    REPORTS[3],
                    Certainty.LIKELY,
                    (_failed(failed), Evidence(handed.given.where, "prepay_id: -")),
                    (CauseFound("went-on", Certainty.LIKELY),),
                    related=(failed.exchange,),
                )
        return


def _yuan(case: Case, order: Order) -> Iterator[Finding]:
    """The shop's own messages name a price with decimals, and the order has its yuan as fen."""
    total = order.call.total
    prices = _prices(case)
    if total is None or not prices or any(round(price * 100) == total for _, price in prices):
        return
    for where, price in prices:
        if total in (int(price), round(price)) or total == round(price * 10_000):
            cause = "yuan" if total < price * 100 else "twice"
            yield Finding(
                REPORTS[4],
                Certainty.LIKELY,
                (
                    Evidence(where, price),
                    Evidence("history.order-first", f"{order.exchange}: total {total}"),
                ),
                (CauseFound(cause, Certainty.LIKELY),),
                {"total": total, "price": f"{price:.2f}"},
                related=(order.exchange,),
            )
            return


def _prices(case: Case) -> list[tuple[str, float]]:
    """Return the prices with decimals that the app and its shop tell each other: without decimals
    nobody can say whether yuan or fen are meant."""
    found: list[tuple[str, float]] = []
    sides = (("request.json", case.request.json), ("response.json", case.response.json))
    for prefix, body in sides:
        for path, value in flattened(body).items():
            name = path.rpartition(".")[2]
            is_decimal = isinstance(value, float) and 0 < value < 1e7
            if not _PRICE_NAMES.search(name[:40]):
                continue
            if is_decimal or (isinstance(value, str) and _YUAN.fullmatch(value)):
                found.append((f"{prefix}.{path}", float(str(value))))
    return found[:MAX_PRICES]
