"""api.mch.weixin.qq.com: one host for both API generations, told apart by path."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa

from why401.sandbox.calls import Answer, Call
from why401.sandbox.merchant import Merchant, Platform
from why401.sandbox.wechatpay_v2 import WechatpayV2
from why401.sandbox.wechatpay_v3 import WechatpayV3


class Wechatpay:
    """WeChat Pay's server with one merchant."""

    hosts = ("api.mch.weixin.qq.com",)

    def __init__(self, merchant: Merchant, key: rsa.RSAPublicKey, platform: Platform) -> None:
        self._v2 = WechatpayV2(merchant)
        self._v3 = WechatpayV3(merchant, key, platform)
        self.orders = self._v3.orders

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        return (self._v3 if call.path.startswith("/v3/") else self._v2).answer(call)
