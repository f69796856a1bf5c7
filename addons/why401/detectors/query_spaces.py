"""Did a plus sign in the query become a space?"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.keys import SECRET_PARAMETERS
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("auth/plus-as-space",)
NEEDS = frozenset({Trait.REFUSED, Trait.QUERY, Trait.SPACES})

MAX_QUERY = 16_384
MIN_CHARS = 12
_NAMES = frozenset(SECRET_PARAMETERS) | {"signature", "sig", "sign", "hmac", "state"}
_BASE64 = regex(r"[A-Za-z0-9+/]{12,8192}={0,2}")
_MIXED = regex(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for a credential in the query that holds blanks where standard base64 had
    `+`: in a query that sign means a blank (application/x-www-form-urlencoded).

    Proven where history knows the token with the plus put back, and the blank is certain because
    it is written as `%20`; how a server reads a bare `+`, nobody sees.
    """
    query = case.exchange.request.query
    if "+" not in query and "%20" not in query:
        return
    history = context.history
    for pair in query[:MAX_QUERY].split("&")[:200]:
        name, _, raw = pair.partition("=")
        if name.lower() not in _NAMES or not ("+" in raw or "%20" in raw):
            continue
        text = urllib.parse.unquote_plus(raw)
        repaired = text.replace(" ", "+")
        if text != text.strip() or not _BASE64.fullmatch(repaired) or not _MIXED.match(text):
            continue
        fingerprint = history.fingerprints.of(repaired)
        record, opened = history.tokens.record(fingerprint), history.tokens.success(fingerprint)
        seen = opened.exchange if opened else None
        if record is not None and record.issued is not None:
            seen = seen or record.issued.exchange
        certainty = Certainty.LIKELY if len(repaired) % 4 == 0 else Certainty.POSSIBLE
        cause = certainty
        if seen is not None:
            certainty = Certainty.PROVEN
            cause = Certainty.PROVEN if "%20" in raw else Certainty.LIKELY
        yield Finding(
            "auth/plus-as-space",
            certainty,
            (
                Evidence(f"request.query.{name[:60]}", {"blanks": text.count(" ")}),
                *((Evidence("history.token-issued", seen),) if seen else ()),
            ),
            (CauseFound("not-encoded", cause),),
            {"name": name[:40]},
            (seen,) if seen else (),
        )
        return
