"""Signatures recomputed, and the mistake behind a wrong one proven.

One engine (`engine`), and for each scheme a file that says what is signed and what clients get
wrong: WeChat's (`wechatpay_v3`, `wechatpay_v2`, `v3_answer` and `callback`, `paysign`, `jssdk`,
`virtual_payment`, `push`, `mini_program`), those of clouds and shops behind `other_signers`.
`examine` looks at all signatures of an exchange; `search_deeper` goes on where no single mistake
explains one.
"""

from __future__ import annotations

from why401.signatures.examination import Examination
from why401.signatures.examine import NOTHING, examine, search_deeper
from why401.signatures.markers import is_refused_probe, worth_judging

__all__ = [
    "NOTHING",
    "Examination",
    "examine",
    "is_refused_probe",
    "search_deeper",
    "worth_judging",
]
