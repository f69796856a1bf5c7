"""What a page tells a log server of its own about WeChat's JS-SDK.

`wx.config` fails in the page, and no server of WeChat's says so: it is seen only where the page
posts the `errMsg` somewhere, in JSON, in a form or in the query of a beacon.
Source: developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html, appendix 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import Certainty, Evidence, Finding
from why401.signatures.markers import reports_jssdk

REPORTS = (
    "wechat-js/js-config-invalid-signature",
    "wechat-js/js-config-invalid-url-domain",
    "wechat-js/js-permission-denied",
    "wechat-js/js-choosewxpay-fail",
    "wechat-js/js-domain-not-listed",
    "wechat-js/js-config-fail",
)
NEEDS = frozenset({Trait.OTHER_SERVER})

MAX_REPORT = 8 << 10
"""Characters of a report that are searched; a page says why near the top."""

_MESSAGE = regex(
    r"(?:err_?msg\W{1,12}|[?&][\w.]{1,40}=|^\W{0,4})"
    r"((?:(?:agent)?config|\w{3,40}):(?:fail[ ,:_]{0,3}|invalid |permission |the permission )"
    r"[\w ,:，：._-]{0,90}|permission denied|the permission value is offline verifying)",
    re.IGNORECASE,
)
_TELLING = (
    # Newer clients write their own sentence and number before the words.
    (
        regex(r"config:(?:fail.{0,60})?invalid signature|agentconfig:fail\D{0,20}40093", re.I),
        REPORTS[0],
    ),
    (regex(r"config:(?:fail.{0,60})?invalid url domain", re.I), REPORTS[1]),
    (regex(r"request:fail url not in domain list", re.I), REPORTS[4]),
    (
        regex(
            r"(?:chooseWXPay|requestPayment|getBrandWCPayRequest|get_brand_wcpay_request):fail"
            r"(?![ :_]{0,3}cancel)",
            re.I,
        ),
        REPORTS[3],
    ),
    (
        regex(r"permission denied|offline verifying|fail_nopermission|fail no permission", re.I),
        REPORTS[2],
    ),
    # Last: the page did not tell why.
    (regex(r"^(?:agent)?config:fail", re.I), REPORTS[5]),
)


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield a finding for the first thing that a page reports about the JS-SDK."""
    request = case.exchange.request
    sent = request.body.data if request.body else b""
    if not reports_jssdk(request.target, sent):
        return
    for where, text in (
        ("request.text", case.request.text[:MAX_REPORT]),
        ("request.query", f"?{request.query[:MAX_REPORT]}" if request.query else ""),
    ):
        # A form and a query are encoded; JSON within JSON has its quotes escaped.
        plain = unquote_plus(text) if "%" in text else text
        for found in _MESSAGE.finditer(plain.replace("\\", "")):
            said = found[1].strip()
            rule = next((rule for pattern, rule in _TELLING if pattern.search(said)), None)
            if rule is not None:
                yield Finding(rule, Certainty.LIKELY, _seen(case, where, said))
                return


def _seen(case: Case, where: str, said: str) -> tuple[Evidence, ...]:
    referer = case.request.headers.text("referer")
    page = (Evidence("request.header.referer", referer[:240]),) if referer else ()
    return (Evidence(where, said[:120]), *page)
