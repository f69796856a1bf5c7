"""Is this an answer of WeChat's that a back end passes on?

Other vendors and many programs use `errcode` and `errmsg` with numbers of their own, so that the
number alone says nothing, nor do the words: the message must hold the `rid` or the hint that
WeChat's servers put behind it. With these it may stand in any field, under any name.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import Certainty, Evidence, Finding
from why401.triage import passes_on
from why401.triage.platforms import refuses_under_200

REPORTS = ("wechat/passed-on",)
NEEDS = frozenset({Trait.OTHER_SERVER})

MAX_TEXT = 8 << 10
MAX_TAILS = 5
MAX_BEFORE, MAX_AFTER = 400, 80
"""Characters around the tail in which the code and the message are looked for."""

_TAIL = regex(
    r"\brid: ?[0-9a-f]{6,8}-[0-9a-f]{6,8}|hints?: ?\[[^\]]{3,80}\]|devtool/query\?e=(-?[0-9]{1,7})"
)
_NAMED = regex(r'errcode["\s:=\]>]{1,8}(?:int\()?"?(-?[1-9][0-9]{3,8}|-1)\b')
_NUMBER = regex(r"(?<![\w.-])(-?[1-9][0-9]{4,5})(?![\w.-])")


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield a finding for an answer of WeChat's within the answer of another server."""
    body = case.exchange.response.body if case.exchange.response else None
    if body is None or case.status < 200 or not passes_on(case.response.head[:MAX_TEXT]):
        return
    if refuses_under_200(case.exchange.request.host):
        return
    text = case.response.text[:MAX_TEXT].replace("\\", "")
    for tail in islice(_TAIL.finditer(text), MAX_TAILS):
        before = text[max(tail.start() - MAX_BEFORE, 0) : tail.start()]
        code = tail[1] or _code(before, text[tail.end() : tail.end() + MAX_AFTER])
        if code:
            said = before[before.rfind('"') + 1 :] + tail[0]
            yield Finding(
                REPORTS[0],
                Certainty.LIKELY,
                (Evidence("response.text", code), Evidence("response.text", said[-240:])),
                values={"code": code},
            )
            return


def _code(before: str, after: str) -> str | None:
    """Return the code that a message belongs to: the one named `errcode`, or else the number
    nearest to it, as programs write both into a sentence."""
    for pattern in (_NAMED, _NUMBER):
        if nearest := pattern.findall(before)[-1:] or pattern.findall(after)[:1]:
            return str(nearest[0])
    return None
