"""Whether WeChat Pay refused an exchange for its signature, in its own words.

The servers word it in many ways, so texts are compared folded and by what they contain. A v3
SIGN_ERROR that names the header's form, its time or the state of the certificate says nothing
about the signature.
"""

from __future__ import annotations

import enum

from why401.case import Case
from why401.hosts import Family
from why401.knowledge.folding import folded

_V2_CODES = frozenset({"SIGNERROR", "SIGN_ERROR", "SIGN ERROR"})
_V2_TEXTS = (
    "签名错误",
    "签名失败",
    "错误的签名",
    "验签失败",
    "验证签名失败",
    "签名不正确",
    "sign error",
)
_V2_FOLDED = tuple(map(folded, _V2_TEXTS))
_V3_SIGNATURE = tuple(
    map(
        folded,
        (
            "签名错误",
            "验签失败",
            "错误的签名",
            "验证不通过",
            "Authorization不合法",
            "sign not match",
        ),
    )
)
_V3_SERIAL = tuple(map(folded, ("商户证书序列号有误", "序列号有误")))
_V3_OTHER = tuple(
    map(
        folded,
        (
            *("格式错误", "认证类型", "timestamp", "未申请过证书"),
            *("已过期", "已作废", "已更换证书", "未设置"),
        ),
    )
)


class Refusal(enum.Enum):
    """What a server refused."""

    SIGNATURE = enum.auto()
    SERIAL = enum.auto()
    """v3: the certificate serial number; whether the signature was looked at is not known."""


def refusal(case: Case) -> Refusal | None:
    """Return what WeChat Pay refused about the signature of `case`; None for everything else."""
    error = case.error
    if error is None:
        return None
    if error.family is Family.WECHATPAY_V2:
        return Refusal.SIGNATURE if _is_v2(error.code, error.message) else None
    if error.family is not Family.WECHATPAY_V3:
        return None
    if error.code != "SIGN_ERROR" and case.status != 401:
        return None
    text = folded(error.message)
    if any(said in text for said in _V3_SERIAL):
        return Refusal.SERIAL
    if any(said in text for said in _V3_SIGNATURE):
        return Refusal.SIGNATURE
    if any(said in text for said in _V3_OTHER):
        return None
    return Refusal.SIGNATURE if error.code == "SIGN_ERROR" else None


def _is_v2(code: str, message: str) -> bool:
    # Most servers word it as it stands here; folding what they say is the dear part.
    if code.strip().upper() in _V2_CODES or any(said in message for said in _V2_TEXTS):
        return True
    text = folded(message)
    return any(said in text for said in _V2_FOLDED)
