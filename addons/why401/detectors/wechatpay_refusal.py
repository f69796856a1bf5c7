"""How far a refused WeChat Pay v3 request got, in the server's own words.

The service checks in this order: is there a header, is its scheme known, are its parameters whole,
is its time right, whose certificate is it, does the signature verify. A message of one stage says
that the stages before it were passed. Shared by the detectors of v3; it reports nothing itself.
Source: https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/faq/chapter1_2.shtml
"""

from __future__ import annotations

import enum

from why401.case import Case
from why401.hosts import Family
from why401.knowledge.folding import folded


class Stage(enum.Enum):
    """Where the service stopped; the order of the members is the order of its checks."""

    FORMAT = enum.auto()
    TYPE = enum.auto()
    CLOCK = enum.auto()
    NO_CERTIFICATE = enum.auto()
    SERIAL = enum.auto()
    EXPIRED = enum.auto()
    REVOKED = enum.auto()
    REPLACED = enum.auto()
    NO_KEY = enum.auto()
    SIGNATURE = enum.auto()
    UNSAID = enum.auto()
    """Refused, but in words that tell nothing about the stage."""


_TEXTS: tuple[tuple[Stage, tuple[str, ...]], ...] = tuple(
    (stage, tuple(map(folded, texts)))
    for stage, texts in (
        (Stage.FORMAT, ("Authorization值格式", "Authorization值的格式", "Authorization格式")),
        (Stage.TYPE, ("认证类型不正确", "认证类型", "authorization type")),
        (Stage.CLOCK, ("不得超过5分钟", "发起请求的时间", "timestamp")),
        (Stage.NO_CERTIFICATE, ("未申请过证书", "未申请证书", "没有申请过证书")),
        (Stage.SERIAL, ("证书序列号有误", "证书序列号错误", "证书序列号不正确")),
        (Stage.EXPIRED, ("商户证书已过期", "证书已过期", "证书过期")),
        (Stage.REVOKED, ("证书已作废", "证书作废", "证书已吊销")),
        (Stage.REPLACED, ("已更换证书", "请使用新证书", "使用新的证书")),
        (Stage.NO_KEY, ("未设置加密的密钥", "未设置apiv3", "未设置api v3")),
        (
            Stage.SIGNATURE,
            ("签名错误", "错误的签名", "验签失败", "签名信息错误", "验证不通过", "签名不正确"),
        ),
    )
)
_PLATFORM = tuple(map(folded, ("平台证书", "Wechatpay-Serial")))


def stage(case: Case) -> Stage | None:
    """Return the stage at which the service refused the v3 request in `case`; None where it did
    not refuse the request for who sent it."""
    is_v3 = case.family is Family.WECHATPAY_V3 or (
        case.error is not None and case.error.family is Family.WECHATPAY_V3
    )
    if not is_v3 or not (case.status == 401 or (case.error and case.error.code == "SIGN_ERROR")):
        return None
    text = folded(case.error.message) if case.error else ""
    # The platform's certificate is another thing: it encrypts fields, it does not sign requests.
    if not any(word in text for word in _PLATFORM):
        for found, texts in _TEXTS:
            if any(wording in text for wording in texts):
                return found
    return Stage.UNSAID
