"""What a call to WeChat Pay asks for: which interface, whose order, how much.

Source: pay.weixin.qq.com, the pages of the order, query and refund interfaces of v2 and v3.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from urllib.parse import unquote

from why401.case import Case
from why401.hosts import Family
from why401.later import regex
from why401.masking import Unshown

type Fields = Mapping[str, object]
"""Every field by its path, `amount.total`; of lists nothing."""

MAX_DEPTH = 4
MAX_FIELDS = 300


class Kind(enum.Enum):
    """What a call does with an order."""

    ORDER = enum.auto()
    """Creates one that the user pays afterwards."""
    MICROPAY = enum.auto()
    """Takes the money at once, by the code on the user's phone."""
    QUERY = enum.auto()
    CLOSE = enum.auto()
    """Closes or reverses it."""
    REFUND = enum.auto()
    OTHER = enum.auto()


class PayCall(Unshown, frozen=True):
    """One call. `merchant` and `number` (out_trade_no) are empty where it names none; `total` is in
    fen, None where there is none or it is no number; `payer` is the openid or the payment code."""

    kind: Kind
    merchant: str
    number: str
    total: int | None
    payer: str


_V3_NUMBER = regex(r"/out-trade-no/([^/?]{1,100})")
_V3_ORDER = ("/transactions/jsapi", "/transactions/app", "/transactions/native", "/transactions/h5")
_V2 = {
    "/pay/unifiedorder": Kind.ORDER,
    "/pay/micropay": Kind.MICROPAY,
    "/pay/orderquery": Kind.QUERY,
    "/pay/closeorder": Kind.CLOSE,
    "/secapi/pay/reverse": Kind.CLOSE,
    "/secapi/pay/refund": Kind.REFUND,
}
_PAYERS = ("openid", "auth_code", "payer.openid", "payer.sp_openid", "payer.auth_code")


def sent_fields(case: Case) -> Fields:
    """Return the fields of the body of a call, XML or JSON."""
    known: Fields | None = case.memo.get("wechatpay.fields")
    if known is None:
        known = case.memo["wechatpay.fields"] = _fields(case)
    return known


def _fields(case: Case) -> Fields:
    if case.request.xml is not None:
        return dict(case.request.xml[:MAX_FIELDS])
    return flattened(case.request.json)


def flattened(body: object) -> Fields:
    """Return every plain value in a JSON `body` by its path, four levels deep; lists left out."""
    found: dict[str, object] = {}
    level: list[tuple[str, object]] = [("", body)]
    for _ in range(MAX_DEPTH):
        deeper: list[tuple[str, object]] = []
        for path, value in level:
            if isinstance(value, dict):
                prefix = f"{path}." if path else ""
                deeper += [(f"{prefix}{name}", item) for name, item in value.items()]
            elif path and len(found) < MAX_FIELDS and not isinstance(value, list):
                found[path] = value
        level = deeper[: 10 * MAX_FIELDS]
    return found


def pay_call(case: Case) -> PayCall | None:
    """Return what the request of `case` asks of WeChat Pay; None for any other server."""
    if case.family is Family.WECHATPAY_V2:
        kind = _V2.get(case.exchange.request.path.removeprefix("/sandboxnew"), Kind.OTHER)
    elif case.family is Family.WECHATPAY_V3:
        kind = _v3_kind(case)
    else:
        return None
    fields = sent_fields(case)
    return PayCall(
        kind,
        merchant=_merchant(case, fields),
        number=_number(case, fields),
        total=_fen(fields.get("total_fee", fields.get("amount.total"))),
        payer=next((str(fields[name]) for name in _PAYERS if fields.get(name)), ""),
    )


def _v3_kind(case: Case) -> Kind:
    path, method = case.exchange.request.path, case.exchange.request.method
    if method == "GET":
        return Kind.QUERY if "/transactions/" in path else Kind.OTHER
    if path.endswith("/transactions/codepay"):
        return Kind.MICROPAY
    if path.endswith(("/close", "/reverse")):
        return Kind.CLOSE
    if path.endswith("/refunds"):
        return Kind.REFUND
    return Kind.ORDER if path.endswith(_V3_ORDER) else Kind.OTHER


def _merchant(case: Case, fields: Fields) -> str:
    for name in ("mchid", "mch_id", "sp_mchid"):
        if fields.get(name):
            return str(fields[name])[:32]
    named = (value for name, value in case.query if name in ("mchid", "sp_mchid"))
    return next(named, "")[:32]


def _number(case: Case, fields: Fields) -> str:
    if fields.get("out_trade_no"):
        return str(fields["out_trade_no"])[:64]
    found = _V3_NUMBER.search(case.exchange.request.path[:500])
    return unquote(found[1])[:64] if found else ""


def _fen(value: object) -> int | None:
    text = str(value).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None
