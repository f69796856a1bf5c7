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
from why401.history.requests import Worked
from why401.history.settling import Carried
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
    "no permission" for much else. A password gets 401 for that: Apache's `Require user` asks for
    another. gRPC's PERMISSION_DENIED says it by itself: who is not known is UNAUTHENTICATED
    (github.com/grpc/grpc, doc/statuscodes.md)."""
    status = case.stated_status
    if status not in (401, 403) or said(case, *_OTHER) is not None:
        return
    if status == 403 and case.grpc_refusal is not None and not _is_over(case):
        yield Finding(
            "auth/forbidden-authenticated",
            Certainty.LIKELY,
            (Evidence("response.header.grpc-status", "7"),),
            (CauseFound("no-permission", Certainty.LIKELY),),
        )
        return
    works = works_elsewhere(case, context)
    if works is None:
        return
    carried, opened = works
    words = next((each for each in texts(case) if _WORDS.search(folded(each[1]))), None)
    cause = CauseFound("no-permission", Certainty.LIKELY if words else Certainty.POSSIBLE)
    if status == 401:
        cause = CauseFound("not-here", Certainty.LIKELY)
    yield Finding(
        "auth/forbidden-authenticated",
        Certainty.LIKELY,
        (
            Evidence(carried.credential.where, placeholder("token", carried.fingerprint)),
            Evidence("history.token-worked", opened.exchange),
            Evidence("response.status", case.status),
        ),
        (cause,),
        related=(opened.exchange,),
    )


def works_elsewhere(case: Case, context: Context) -> tuple[Carried, Worked] | None:
    """Return the credential of a request refused with 403, or the password of one refused with
    401, and what it opened of the same host a moment ago; None where it did not."""
    carried = next(iter(judged(case, context)), None)
    if carried is None or said(case, *_OTHER) is not None:
        return None
    if case.stated_status == 401 and carried.credential.basic is None:
        return None
    opened = context.history.tokens.success(carried.fingerprint)
    if opened is None or opened.host != case.exchange.request.host or _is_over(case):
        return None
    if not 0.0 <= seconds_between(opened.at_s, case.exchange.at_s) <= RECENT_S:
        return None
    here = context.history.requests.last_success(context.history.key(case))
    # Where the very request worked with it, something else has changed.
    is_here = here is not None and here.token == carried.fingerprint
    return None if is_here else (carried, opened)


def _is_over(case: Case) -> bool:
    """Whether a JWT has expired in between: some gateways answer 403 to that."""
    now_s = case.server_now_s
    for each in case.credentials:
        ends_s = numeric_date((each.jwt.claims or {}).get("exp")) if each.jwt else None
        if ends_s is not None and (now_s is None or ends_s <= now_s):
            return True
    return False
