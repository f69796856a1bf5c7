"""Text that was lost before it was sent: what stands there now is question marks."""

from __future__ import annotations

from why401.later import regex
from why401.model import Certainty

TEXT_FIELDS = frozenset({"body", "attach", "detail", "act_name", "wishing", "send_name", "remark",
                         "desc", "re_user_name", "refund_desc", "description", "reason",
                         "transfer_remark", "batch_name", "batch_remark"})  # fmt: skip
"""What is named so holds text that people read."""

_MARKS = regex(r"\?{3,}")
_LOST = "\ufffd"
"""What decoders put for bytes that they cannot read; nobody writes it."""


def lost(value: str) -> Certainty | None:
    """Return how sure it is that text was lost from `value`; question marks may well be meant,
    and mostly are where other characters beyond ASCII came through."""
    if _LOST in value:
        return Certainty.PROVEN
    is_mostly_marks = value.isascii() and value.count("?") * 2 >= len(value)
    return Certainty.LIKELY if is_mostly_marks and _MARKS.search(value) else None
