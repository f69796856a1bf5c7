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
NEEDS = frozenset({Trait.REFUSED, Trait.USERINFO})

_USERINFO = regex(r"(https?://)([^\s/?#@]{1,500})@([^\s/?#@]{1,255})", re.I)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for `user:password@` in the target, Referer or Location of a refusal.

    Browsers and fetch remove or reject it, so the server sees no credential.
    """
    places = (
        ("request.url", (case.exchange.request.target,)),
        ("request.header.referer", case.request.headers.values("referer")),
        ("response.header.location", case.response.headers.values("location")),
    )
    for where, values in places:
        if not values or b"@" not in values[0]:
            continue
        found = _USERINFO.match(header_text(values[0])[:8192])
        if found is None:
            continue
        has_basic = any(credential.scheme == "basic" for credential in case.credentials)
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
