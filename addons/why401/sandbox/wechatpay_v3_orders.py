"""What WeChat Pay's API v3 sells: orders of four kinds, queries, closing, refunds; to a merchant,
or to a service provider for one."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from why401.later import regex
from why401.sandbox.calls import Answer, Call, keep
from why401.sandbox.merchant import Merchant
from why401.sandbox.wechatpay_notices import CHINA
from why401.sandbox.wechatpay_v3_answers import (
    APPID_MISMATCH,
    BAD_PARAMETER,
    NO_ORDER,
    OK,
    REENTRY,
    SUB_IS_OWN,
    answer,
    error,
    parameter_error,
    request_id,
)

PLACE = regex(r"/v3/pay/(?:partner/)?transactions/(jsapi|app|native|h5)")
BY_NUMBER = regex(
    r"/v3/pay/(?:partner/)?transactions/out-trade-no/([0-9A-Za-z_|*@-]{1,32})(/close)?"
)
BY_TRANSACTION = regex(r"/v3/pay/(?:partner/)?transactions/id/([0-9]{1,32})")
REFUNDS = "/v3/refund/domestic/refunds"
BY_REFUND = regex(REFUNDS + r"/([0-9A-Za-z_|*@-]{1,64})")
ORDER_FIELDS = (
    ("description", "商品描述"),
    ("out_trade_no", "商户订单号"),
    ("notify_url", "通知地址"),
)


class Mode(msgspec.Struct, frozen=True):
    """Under which names an order says whose it is: the one who signs, and for whom."""

    appid: str
    mchid: str
    sub_mchid: str = ""


DIRECT = Mode("appid", "mchid")
PARTNER = Mode("sp_appid", "sp_mchid", "sub_mchid")


class _Order(msgspec.Struct):
    sent: dict[str, Any]
    mode: Mode
    transaction_id: str = ""
    refunded: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    """What was given back, by `out_refund_no`."""

    @property
    def total(self) -> int:
        return int(self.sent["amount"]["total"])

    @property
    def shown(self) -> dict[str, Any]:
        """The order as queries and notices tell it."""
        names = (*msgspec.structs.astuple(self.mode), "out_trade_no", "payer")
        value = {
            **{name: self.sent[name] for name in names if name in self.sent},
            "amount": {"currency": "CNY", "total": self.total},
            "trade_state": "NOTPAY",
            "trade_state_desc": "订单未支付",
        }
        if self.transaction_id:
            paid = {"trade_state": "SUCCESS", "trade_state_desc": "支付成功"}
            value = {**value, **paid, "transaction_id": self.transaction_id}
        return value


class Orders:
    """The orders of one merchant. Nobody pays here unless `pay` is called."""

    def __init__(self, merchant: Merchant) -> None:
        self._merchant = merchant
        self._orders: dict[str, _Order] = {}

    def pay(self, number: str) -> str:
        """Pay an order, as a customer does with the telephone; return its `transaction_id`.

        Raises KeyError where there is no such order.
        """
        order = self._orders[number]
        order.transaction_id = order.transaction_id or f"4200{secrets.randbelow(10**24):024d}"
        return order.transaction_id

    def told(self, number: str) -> tuple[str, Mapping[str, Any]]:
        """Return where an order wants its notices, and what the one of its payment says. Raises
        KeyError where there is no such order."""
        order = self._orders[number]
        return str(order.sent["notify_url"]), order.shown

    def told_refund(self, number: str) -> tuple[str, Mapping[str, Any]]:
        """Return the same of a refund, by its `out_refund_no`."""
        having = (each for each in self._orders.values() if number in each.refunded)
        order = next(having, None)
        if order is None:
            raise KeyError(number)
        refund = order.refunded[number]
        done = {"refund_status": "SUCCESS", "user_received_account": "支付用户零钱"}
        kept = {name: value for name, value in refund.items() if name not in ("status", "channel")}
        return str(order.sent["notify_url"]), {
            order.mode.mchid: self._merchant.mchid,
            **kept,
            **done,
        }

    def answer(self, call: Call) -> Answer | None:
        """Answer one call; None where the path is none of these."""
        if (match := PLACE.fullmatch(call.path)) and call.method == "POST":
            return self._place(call, match[1])
        if match := BY_NUMBER.fullmatch(call.path):
            if match[2] and call.method == "POST":
                return self._close(match[1])
            if not match[2] and call.method == "GET":
                return self._state(call, self._orders.get(match[1]))
        if (match := BY_TRANSACTION.fullmatch(call.path)) and call.method == "GET":
            return self._state(call, self._paid(match[1]))
        if call.path == REFUNDS and call.method == "POST":
            return self._refund(call)
        if (match := BY_REFUND.fullmatch(call.path)) and call.method == "GET":
            return self._refund_state(match[1])
        return None

    def _paid(self, transaction_id: object) -> _Order | None:
        paid = (each for each in self._orders.values() if each.transaction_id)
        return next((each for each in paid if each.transaction_id == transaction_id), None)

    def _place(self, call: Call, kind: str) -> Answer:
        order = call.json
        mode = _mode(call)
        named = ((mode.appid, "公众号ID"), (mode.sub_mchid, "子商户号"))
        for name, label in (*(each for each in named if each[0]), *ORDER_FIELDS):
            if not isinstance(order.get(name), str) or not order[name]:
                text = f"输入源“/body/{name}”映射到字段“{label}”必填性规则校验失败，此字段为必填项"
                return parameter_error(text, f"/{name}")
        amount = order.get("amount")
        total = amount.get("total") if isinstance(amount, dict) else None
        if type(total) is not int or total < 1:
            text = (
                "无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中，"
                "此字段需要一个合法的 64 位有符号整数"
            )
            return parameter_error(text, "/amount/total")
        if order.get(mode.mchid) != self._merchant.mchid:
            text = "http header中的mchid与post payload中的mchid不匹配"
            return parameter_error(text, f"/{mode.mchid}")
        if mode.sub_mchid and order[mode.sub_mchid] == self._merchant.mchid:
            text = "子商户号不能与服务商商户号相同，请检查后再试"
            return error(400, "INVALID_REQUEST", text, SUB_IS_OWN)
        if order[mode.appid] != self._merchant.appid:
            text = "appid和mch_id不匹配，请检查后再试"
            return error(400, "APPID_MCHID_NOT_MATCH", text, APPID_MISMATCH)
        number = order["out_trade_no"]
        if number in self._orders and self._orders[number].sent != order:
            text = "请求重入时，参数与首次请求时不一致，请检查后再试"
            return error(400, "INVALID_REQUEST", text, REENTRY)
        keep(self._orders, number, _Order(order, mode))
        return answer(200, _ways_to_pay(kind), OK)

    def _close(self, number: str) -> Answer:
        if self._orders.pop(number, None) is None:
            return error(404, "ORDER_NOT_EXIST", "订单不存在", NO_ORDER)
        return Answer(204, b"", (("Request-ID", request_id(OK)),))

    def _state(self, call: Call, order: _Order | None) -> Answer:
        mode = _mode(call)
        if call.query.get(mode.mchid) != self._merchant.mchid:
            label = "服务商户号" if mode.sub_mchid else "直连商户号"
            text = (
                f"输入源“/query/{mode.mchid}”映射到字段“{label}”必填性规则校验失败，此字段为必填项"
            )
            return parameter_error(text, mode.mchid, location="query")
        if order is None or order.mode is not mode:
            return error(404, "ORDER_NOT_EXIST", "订单不存在", NO_ORDER)
        return answer(200, order.shown, OK)

    def _refund(self, call: Call) -> Answer:
        sent = call.json
        number = sent.get("out_refund_no")
        if not isinstance(number, str) or not number:
            text = (
                "输入源“/body/out_refund_no”映射到字段“商户退款单号”必填性规则校验失败，"
                "此字段为必填项"
            )
            return parameter_error(text, "/out_refund_no")
        by_number = self._orders.get(str(sent.get("out_trade_no")))
        order = by_number or self._paid(sent.get("transaction_id"))
        if order is None or not order.transaction_id:
            return error(404, "RESOURCE_NOT_EXISTS", "订单不存在", NO_ORDER)
        amount = sent.get("amount")
        amount = amount if isinstance(amount, dict) else {}
        refund, total = amount.get("refund"), amount.get("total")
        if type(refund) is not int or refund < 1 or total != order.total:
            text = "订单金额或退款金额与之前请求不一致，请核实后再试"
            return error(400, "INVALID_REQUEST", text, BAD_PARAMETER)
        others = [each for key, each in order.refunded.items() if key != number]
        if refund + sum(each["amount"]["refund"] for each in others) > order.total:
            return error(400, "INVALID_REQUEST", "申请退款金额大于订单可退金额", BAD_PARAMETER)
        value = order.refunded.get(number) or _refund(call.now_s, order, number, refund)
        keep(order.refunded, number, value)
        return answer(200, value, OK)

    def _refund_state(self, number: str) -> Answer:
        found = (each.refunded.get(number) for each in self._orders.values())
        value = next((each for each in found if each), None)
        if value is None:
            return error(404, "RESOURCE_NOT_EXISTS", "退款单不存在", NO_ORDER)
        return answer(200, value, OK)


def _mode(call: Call) -> Mode:
    return PARTNER if call.path.startswith("/v3/pay/partner/") else DIRECT


def _ways_to_pay(kind: str) -> Mapping[str, str]:
    """Return what an order of this kind is paid with."""
    match kind:
        case "native":
            return {"code_url": f"weixin://wxpay/bizpayurl?pr={secrets.token_urlsafe(6)}"}
        case "h5":
            prepay = f"prepay_id=wx{secrets.token_hex(17)}"
            return {"h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?{prepay}"}
    return {"prepay_id": f"wx{secrets.token_hex(17)}"}


def _refund(now_s: float, order: _Order, number: str, refund: int) -> dict[str, Any]:
    return {
        "refund_id": f"5030{secrets.randbelow(10**24):024d}",
        "out_refund_no": number,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.sent["out_trade_no"],
        "channel": "ORIGINAL",
        "create_time": datetime.datetime.fromtimestamp(int(now_s), CHINA).isoformat(),
        "status": "PROCESSING",
        "amount": {"total": order.total, "refund": refund, "currency": "CNY"},
    }
