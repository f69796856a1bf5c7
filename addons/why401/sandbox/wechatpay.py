"""api.mch.weixin.qq.com: one host for both API generations, told apart by path."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa

from why401.sandbox.calls import Answer, Call
from why401.sandbox.merchant import Merchant, Platform
from why401.sandbox.wechatpay_notices import Notice, Notices
from why401.sandbox.wechatpay_v2 import WechatpayV2
from why401.sandbox.wechatpay_v3 import WechatpayV3


class Wechatpay:
    """WeChat Pay's server with one merchant."""

    hosts = ("api.mch.weixin.qq.com",)

    def __init__(self, merchant: Merchant, key: rsa.RSAPublicKey, platform: Platform) -> None:
        self._v2 = WechatpayV2(merchant)
        self._v3 = WechatpayV3(merchant, key, platform)
        self.orders = self._v3.orders
        self.notices = Notices(merchant, platform)

    def paid(self, number: str, now_s: float) -> Notice:
        """Pay an order of either generation and return the notice of it, not yet sent. Raises
        KeyError where there is no such order."""
        try:
            self.orders.pay(number)
        except KeyError:
            order, transaction_id = self._v2.pay(number)
            return self.notices.v2_payment(order["notify_url"], order, transaction_id)
        url, value = self.orders.told(number)
        return self.notices.v3(url, "TRANSACTION.SUCCESS", value, now_s)

    def refunded(self, number: str, now_s: float) -> Notice:
        """Return the notice of a refund that was asked for, by its `out_refund_no`. Raises
        KeyError where there is no such refund."""
        try:
            url, value = self._v2.refunded(number)
        except KeyError:
            url, refund = self.orders.told_refund(number)
            return self.notices.v3(url, "REFUND.SUCCESS", refund, now_s)
        return self.notices.v2_refund(url, value)

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        return (self._v3 if call.path.startswith("/v3/") else self._v2).answer(call)
