"""What became of orders at WeChat Pay: how each was first sent, which failed, how often one calls.

Fields are kept as keyed fingerprints: enough to tell which of them changed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.case.wechatpay_call import Kind, PayCall, pay_call, sent_fields
from why401.history.sighting import Fingerprints, Sighting

MAX_ORDERS = 500
MAX_KEPT_FIELDS = 40
MAX_CHARS = 200
MAX_CALLS = 1000
MAX_MOMENTS = 30
BURST_S = 60.0
UNCERTAIN = frozenset({"", "SYSTEMERROR", "BANKERROR", "USERPAYING"})
"""Codes, underscores left out, after which nobody knows whether the money was taken."""
_CHANGING = frozenset({"sign", "nonce_str"})

type Key = tuple[str, str]
"""Merchant and order number."""


class Order(msgspec.Struct, frozen=True):
    """One order as it was sent. `code` is the error of its answer, empty where it was accepted;
    `status` 0 where none came. `fields` are fingerprints by path."""

    exchange: str
    at_s: float
    call: PayCall
    status: int
    code: str
    prepay_id: bytes
    fields: Mapping[str, bytes]

    @property
    def is_uncertain(self) -> bool:
        """Whether nobody knows what became of it."""
        return self.status == 0 or (bool(self.code) and self.code.replace("_", "") in UNCERTAIN)


class Orders:
    """The last orders, and the moments of the last calls."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints
        self._first: Bounded[Key, Order] = Bounded(MAX_ORDERS)
        """The first that was not refused, else the last refused."""
        self._last: Bounded[Key, Order] = Bounded(MAX_ORDERS)
        self._calls: Bounded[tuple[str, str], list[float]] = Bounded(MAX_CALLS)
        self._looked_at: Bounded[Key, str] = Bounded(MAX_ORDERS)
        """Orders that were queried, closed or reversed since their last outcome."""

    def first(self, call: PayCall) -> Order | None:
        """Return how the order of `call` was first sent."""
        return self._first.get((call.merchant, call.number))

    def failed(self, number: str) -> Order | None:
        """Return the last order with this number, of any merchant, if its answer was an error."""
        found = (
            order for key, order in reversed(self._last.items()) if key[1] == number and order.code
        )
        return next(found, None)

    def last_failed(self, now_s: float, within_s: float) -> Order | None:
        """Return the newest order, where its answer was an error and not older than `within_s`."""
        order = next(reversed(self._last.values()), None)
        if order is None or not order.code or not 0 <= now_s - order.at_s <= within_s:
            return None
        return order

    def uncertain(self, call: PayCall, now_s: float, within_s: float) -> Order | None:
        """Return an order of the same payer and amount whose outcome nobody asked for: not older
        than `within_s`, under another number, or taken by a payment code under the same."""
        if call.total is None or not call.payer:
            return None
        payer = self._fingerprints.of(call.payer).hex()
        for key, order in reversed(self._last.items()):
            if now_s - order.at_s > within_s:
                return None
            is_same = key == (call.merchant, call.number)
            if (
                order.is_uncertain
                and key not in self._looked_at
                and key[0] == call.merchant
                and order.call.total == call.total
                and (is_same or order.call.payer == payer)
                and (not is_same or call.kind is Kind.MICROPAY)
            ):
                return order
        return None

    def prepaid(self, prepay_id: str) -> Order | None:
        """Return the order that gave `prepay_id`."""
        wanted = self._fingerprints.of(prepay_id)
        found = (each for each in reversed(self._last.values()) if each.prepay_id == wanted)
        return next(found, None)

    def is_kept(self) -> bool:
        """Return whether any order was seen at all."""
        return bool(self._last)

    def moments(self, case: Case, now_s: float) -> tuple[float, ...]:
        """Return when this call was made in the last minute, the newest last."""
        moments = self._calls.get(_interface(case), ())
        return tuple(each for each in moments if 0 <= now_s - each <= BURST_S)

    def fingerprints_of(self, case: Case) -> Mapping[str, bytes]:
        """Return the fields of a request as they are kept."""
        return {
            path[:MAX_CHARS]: self._fingerprints.of(str(value))
            for path, value in list(sent_fields(case).items())[:MAX_KEPT_FIELDS]
            if path not in _CHANGING
        }

    def learn(self, case: Case, seen: Sighting) -> None:
        """Remember a call to WeChat Pay and what it led to."""
        call = pay_call(case)
        if call is None:
            return
        self._learn_moment(case, seen)
        key = (call.merchant, call.number)
        if not call.number:
            return
        if call.kind in (Kind.QUERY, Kind.CLOSE):
            self._looked_at.remember(key, seen.exchange)
        elif call.kind in (Kind.ORDER, Kind.MICROPAY):
            order = self._order(case, call, seen)
            self._last.remember(key, order)
            self._looked_at.pop(key, None)
            first = self._first.get(key)
            if first is None or (first.code and not order.code):
                self._first.remember(key, order)

    def _order(self, case: Case, call: PayCall, seen: Sighting) -> Order:
        kept = PayCall(
            call.kind,
            call.merchant,
            call.number,
            call.total,
            self._fingerprints.of(call.payer).hex() if call.payer else "",
        )
        prepay_id = _prepay_id(case)
        return Order(
            seen.exchange,
            seen.at_s or 0.0,
            kept,
            case.status,
            case.error.code[:MAX_CHARS] if case.error else "",
            self._fingerprints.of(prepay_id) if prepay_id else b"",
            self.fingerprints_of(case),
        )

    def _learn_moment(self, case: Case, seen: Sighting) -> None:
        interface = _interface(case)
        moments = self._calls.get(interface, [])
        moments.append(seen.at_s or 0.0)
        del moments[:-MAX_MOMENTS]
        self._calls.remember(interface, moments)


def _interface(case: Case) -> tuple[str, str]:
    """What is counted: calls of one interface about one order, else of one merchant."""
    call = pay_call(case)
    about = (call.number or call.merchant) if call else ""
    return f"{case.exchange.request.method} {case.exchange.request.path[:200]}", about


def _prepay_id(case: Case) -> str:
    if case.response.xml is not None:
        return dict(case.response.xml).get("prepay_id", "")
    body = case.response.json
    found = body.get("prepay_id") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
