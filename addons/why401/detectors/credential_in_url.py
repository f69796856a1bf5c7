"""Do credentials stand in a URL, where clients drop them and logs keep them?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, header_text

REPORTS = ("auth/url-userinfo",)
NEEDS = frozenset({Trait.REFUSED})

_USERINFO = regex(r"(https?://)([^\s/?#@]{1,500})@([^\s/?#@]{1,255})", re.I)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for `user:password@` in the target, Referer or Location of a refusal.

    Browsers and fetch remove or reject it, so the server sees no credential.
    """
    has_basic = any(credential.scheme == "basic" for credential in case.credentials)
    places = (
        ("request.url", header_text(case.exchange.request.target[:8192])),
        ("request.header.referer", (case.request.headers.text("referer") or "")[:8192]),
        ("response.header.location", (case.response.headers.text("location") or "")[:8192]),
    )
    for where, text in places:
        found = _USERINFO.match(text) if "@" in text else None
        if found is None:
            continue
        hidden = context.masker.placeholder("password", found[2])
        yield Finding(
            "auth/url-userinfo",
            Certainty.PROVEN,
            (Evidence(where, f"{found[1]}{hidden}@{found[3]}"),),
            causes=(
                CauseFound(
                    "not-sent-as-header", Certainty.POSSIBLE if has_basic else Certainty.LIKELY
                ),
            ),
        )
        return
