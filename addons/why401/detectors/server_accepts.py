"""Does a server accept what it had better not? Advice, on answers that succeeded.

Only requests that were refused before are looked at, so that a success says something about the
check. What else the server may go by (an address, a certificate) nobody sees: likely at most.
"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.claims import numeric_date
from why401.credentials.find import Credential
from why401.detectors.credentials_missing import carries_login, may_carry_unknown
from why401.detectors.refusal import judged_credentials
from why401.detectors.traits import Trait
from why401.history.accepted import LEEWAY_S
from why401.history.requests import Guarded
from why401.history.sighting import placeholder
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "server/alg-none-accepted",
    "server/signature-not-checked",
    "server/expired-accepted",
    "server/cacheable-private",
    "session/works-without-auth",
)
NEEDS = frozenset({Trait.ACCEPTED})

_SHARED = regex(r"\bpublic\b|\bs-maxage=(?!0\b)")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield advice on a success of a request that was refused before."""
    guarded = context.history.requests.guarded(context.history.key(case))
    if guarded is None or case.stated_status in (401, 403) or case.date_s is None:
        # Without a Date of its own the answer may come from a cache, or the clock be another.
        return
    if not case.credentials and not case.request.headers.values("authorization"):
        yield from _open(case, guarded)
        return
    sent = judged_credentials(case)
    if not case.cookies and sent and sent[0].where == "request.header.authorization":
        yield from _accepted(case, context, sent[0], guarded)
    if case.has_credentials:
        yield from _cacheable(case, guarded)


def _finding(
    rule: str,
    cause: str,
    guarded: Guarded,
    *evidence: Evidence,
    **values: str | float,
) -> Finding:
    return Finding(
        rule,
        Certainty.LIKELY,
        (*evidence, Evidence("history.refused", guarded.exchange)),
        (CauseFound(cause, Certainty.LIKELY),),
        values,
        (guarded.exchange,),
    )


def _open(case: Case, guarded: Guarded) -> Iterator[Finding]:
    """The same request without anything that could authenticate it."""
    if case.exchange.request.method not in ("GET", "HEAD") or guarded.is_of_connection:
        return
    if case.cookies or case.exchange.is_sanitised or carries_login(case):
        return
    if may_carry_unknown(case):
        return
    yield _finding(
        "session/works-without-auth",
        "flapping" if guarded.is_bare else "optional",
        guarded,
        Evidence("request.header.authorization", None),
        Evidence("response.status", case.status),
    )


def _accepted(
    case: Case, context: Context, sent: Credential, guarded: Guarded
) -> Iterator[Finding]:
    jwt, value = sent.jwt, sent.authorization.token if sent.authorization else ""
    if jwt is None or jwt.claims is None or jwt.header is None:
        return
    seen = placeholder("token", context.history.fingerprints.of(value))
    if str(jwt.header.get("alg")).lower() == "none" or value.endswith("."):
        yield _finding(
            "server/alg-none-accepted",
            "unsigned",
            guarded,
            Evidence(sent.where, {"alg": str(jwt.header.get("alg"))[:20], "token": seen}),
        )
        return
    if context.history.accepted.is_altered(value.encode("utf-8", "surrogatepass")):
        yield _finding(
            "server/signature-not-checked", "altered", guarded, Evidence(sent.where, seen)
        )
        return
    ends_s, now_s = numeric_date(jwt.claims.get("exp")), case.date_s
    if ends_s is not None and now_s is not None and 0 < ends_s < now_s - LEEWAY_S:
        yield _finding(
            "server/expired-accepted",
            "not-checked",
            guarded,
            Evidence(sent.where, {"exp": round(ends_s), "token": seen}),
            Evidence("response.header.date", case.response.headers.text("date")),
            age_s=round(now_s - ends_s),
        )


def _cacheable(case: Case, guarded: Guarded) -> Iterator[Finding]:
    """An answer to Authorization that every shared cache may keep (RFC 9111 section 3.5)."""
    control = (case.response.headers.text("cache-control") or "")[:500].lower()
    if "no-store" in control or "private" in control or not _SHARED.search(control):
        return
    yield _finding(
        "server/cacheable-private",
        "public",
        guarded,
        Evidence("response.header.cache-control", control[:100]),
    )
