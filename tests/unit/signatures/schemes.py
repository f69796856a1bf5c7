"""The schemes of WeChat's signatures: each mistake of theirs has its rule and its vector."""

from __future__ import annotations

from why401.signatures import (
    jssdk,
    paysign,
    v3_answer,
    virtual_payment,
    wechatpay_v2,
    wechatpay_v3,
)
from why401.signatures.engine import Scheme

SCHEMES: tuple[Scheme, ...] = (
    wechatpay_v3.SCHEME,
    wechatpay_v2.SCHEME,
    v3_answer.SCHEME,
    paysign.SCHEME_V3,
    paysign.SCHEME_V2,
    jssdk.SCHEME,
    virtual_payment.SCHEME,
)
