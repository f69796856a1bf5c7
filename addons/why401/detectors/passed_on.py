"""Is this an answer of WeChat's that a back end passes on?

Other vendors and many programs use `errcode` and `errmsg` with numbers of their own, so that the
number alone says nothing, nor do the words: the message must hold the `rid` or the hint that
WeChat's servers put behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

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

_ANSWER = regex(
    r'errcode"\s{0,3}:\s{0,3}"?(-?[1-9][0-9]{3,6})"?\s{0,3},\s{0,3}"errmsg"\s{0,3}:\s{0,3}"([^"]{0,400})'
)
_TAIL = regex(r"rid: ?[0-9a-f]{6,8}-[0-9a-f]{6,8}|hints?: ?\[|devtool/query\?e=")


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield a finding for an answer of WeChat's within the answer of another server."""
    body = case.exchange.response.body if case.exchange.response else None
    if body is None or case.status < 200 or not passes_on(case.response.content.data[:MAX_TEXT]):
        return
    if refuses_under_200(case.exchange.request.host):
        return
    text = case.response.text[:MAX_TEXT].replace("\\", "")
    for found in _ANSWER.finditer(text):
        code, message = found[1], found[2]
        if _TAIL.search(message):
            yield Finding(
                REPORTS[0],
                Certainty.LIKELY,
                (
                    Evidence("response.json.errcode", code),
                    Evidence("response.json.errmsg", message[:240]),
                ),
                values={"code": code},
            )
            return
