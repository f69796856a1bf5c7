"""Signatures recomputed, and the mistake behind a wrong one proven.

One engine (`engine`), one file a scheme. `examine` looks at all signatures of an exchange;
`search_deeper` goes on where no single mistake explains one.
"""

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
from why401.signatures.examination import Examination
from why401.signatures.examine import NOTHING, examine, search_deeper
from why401.signatures.markers import worth_judging
from why401.signatures.v3_answer import is_refused_probe

SCHEMES: tuple[Scheme, ...] = (
    wechatpay_v3.SCHEME,
    wechatpay_v2.SCHEME,
    v3_answer.SCHEME,
    paysign.SCHEME_V3,
    paysign.SCHEME_V2,
    jssdk.SCHEME,
    virtual_payment.SCHEME,
)

__all__ = [
    "NOTHING",
    "SCHEMES",
    "Examination",
    "examine",
    "is_refused_probe",
    "search_deeper",
    "worth_judging",
]
