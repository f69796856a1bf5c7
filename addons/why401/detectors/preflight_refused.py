"""Did a preflight succeed without allowing the credential that the page wants to send?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.model import CauseFound, Certainty, Evidence, Finding
from why401.triage.preflight import (
    ALLOWED_HEADERS,
    ALLOWED_METHODS,
    ASKED_HEADERS,
    ASKED_METHOD,
    missing_from,
)

REPORTS = ("server/cors-preflight-incomplete",)
NEEDS = frozenset({Trait.ACCEPTED})


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield a finding where a field that carries a credential, or the method, is not allowed: not
    every browser holds it against a server that it allows all fields with `*`."""
    if case.exchange.request.method != "OPTIONS":
        return
    sent, got = case.request.headers, case.response.headers
    missing = missing_from(sent, got)
    if missing is None:
        return
    asked, allowed = ASKED_HEADERS, ALLOWED_HEADERS
    cause = "wildcard" if missing.has_wildcard else "header"
    if missing.is_method:
        asked, allowed, cause = ASKED_METHOD, ALLOWED_METHODS, "method"
    certainty = Certainty.POSSIBLE if missing.has_wildcard else Certainty.LIKELY
    yield Finding(
        "server/cors-preflight-incomplete",
        certainty,
        (
            Evidence(f"request.header.{asked}", (sent.text(asked) or "")[:200]),
            Evidence(f"response.header.{allowed}", (got.text(allowed) or "")[:200] or None),
        ),
        (CauseFound(cause, certainty),),
        {"name": missing.name[:40]},
    )
