"""Is the credential fine, and only this operation refused?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.claims import numeric_date
from why401.detectors.earlier import judged
from why401.detectors.server_texts import texts
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.sighting import placeholder, seconds_between
from why401.knowledge.folding import folded
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("auth/forbidden-authenticated",)
NEEDS = frozenset({Trait.REFUSED, Trait.CREDENTIALS})

RECENT_S = 600.0
_WORDS = regex(r"permission|privilege|\brole\b|not authorized to|access policy|权限|无权")
_OTHER = (
    *(Topic.EXPIRED, Topic.REVOKED, Topic.SIGNATURE, Topic.MALFORMED, Topic.MISSING),
    *(Topic.AUDIENCE, Topic.ISSUER, Topic.NOT_YET_VALID, Topic.ALGORITHM, Topic.KEY_ID),
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for a 403 whose credential opened something else of the same host a moment
    ago: whoever it is, the server knows them (RFC 9110 section 15.5.4). Never proven: servers say
    "no permission" for much else. gRPC's PERMISSION_DENIED says that by itself: who is not known is
    UNAUTHENTICATED (github.com/grpc/grpc, doc/statuscodes.md)."""
    if case.stated_status != 403 or said(case, *_OTHER) is not None:
        return
    if case.grpc_refusal is not None and not _is_over(case):
        yield Finding(
            "auth/forbidden-authenticated",
            Certainty.LIKELY,
            (Evidence("response.header.grpc-status", "7"),),
            (CauseFound("no-permission", Certainty.LIKELY),),
        )
        return
    for carried in judged(case, context)[:1]:
        opened = context.history.tokens.success(carried.fingerprint)
        if opened is None or opened.host != case.exchange.request.host:
            return
        if not 0.0 <= seconds_between(opened.at_s, case.exchange.at_s) <= RECENT_S:
            return
        if _is_over(case):
            return
        here = context.history.requests.last_success(context.history.key(case))
        if here is not None and here.token == carried.fingerprint:
            # The very request worked with it: then something else has changed.
            return
        words = next((each for each in texts(case) if _WORDS.search(folded(each[1]))), None)
        yield Finding(
            "auth/forbidden-authenticated",
            Certainty.LIKELY,
            (
                Evidence(carried.credential.where, placeholder("token", carried.fingerprint)),
                Evidence("history.token-worked", opened.exchange),
                Evidence("response.status", case.status),
            ),
            (CauseFound("no-permission", Certainty.LIKELY if words else Certainty.POSSIBLE),),
            related=(opened.exchange,),
        )


def _is_over(case: Case) -> bool:
    """Whether a JWT has expired in between: some gateways answer 403 to that."""
    now_s = case.server_now_s
    for each in case.credentials:
        ends_s = numeric_date((each.jwt.claims or {}).get("exp")) if each.jwt else None
        if ends_s is not None and (now_s is None or ends_s <= now_s):
            return True
    return False
