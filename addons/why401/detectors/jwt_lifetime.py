"""Does the lifetime of the refused JWT end on the way, exceed a limit, or count local time?"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.claims import in_seconds
from why401.credentials.find import Credential
from why401.detectors.earlier import earlier, judged
from why401.detectors.refusal import certainty_by_words, judged_credentials, words_evidence
from why401.detectors.server_texts import Texts, reading
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.sighting import Sighting
from why401.knowledge.words import moment
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("jwt/expired-in-flight", "jwt/lifetime-too-long", "jwt/time-local-zone")
NEEDS = frozenset({Trait.REFUSED, Trait.JWT})

QUARTER_S = 900
MAX_OFFSET_S = 14 * 3600
MAX_ERROR_S = 30.0
"""By how much `iat` may be off a whole offset: issuing and sending take seconds."""
MARGIN_S = 1.0
"""A Date header is cut to seconds."""


class _Limit(msgspec.Struct, frozen=True):
    """Of tokens that a client signs itself, the longest life that a server takes."""

    host: str
    audience: str
    limit_s: int


# developers.google.com/identity/protocols/oauth2/service-account; docs.github.com, "Generating a
# JSON Web Token for a GitHub App"; developer.apple.com, "Generating Tokens for API Requests".
_LIMITS = (
    _Limit("oauth2.googleapis.com", "https://oauth2.googleapis.com/token", 3600),
    _Limit("*.googleapis.com", "https://*.googleapis.com/token", 3600),
    _Limit("api.github.com", "*", 600),
    _Limit("api.appstoreconnect.apple.com", "*", 1200),
    _Limit("appleid.apple.com", "https://appleid.apple.com", 15_777_000),
)
_LIMITED = (".googleapis.com", "api.github.com", ".apple.com")
_TOO_LONG = (
    "too far in the future",
    "short-lived token",
    "lifetime is too long",
    "maxage exceeded",
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what is wrong with how long the token lives (RFC 7519 section 4.1: times are seconds
    since 1970, UTC)."""
    for credential in judged_credentials(case):
        jwt = credential.jwt
        if jwt is None or jwt.claims is None:
            continue
        expires_s = in_seconds(jwt.claims.get("exp"))
        issued_s = in_seconds(jwt.claims.get("iat"))
        if expires_s is not None:
            yield from _in_flight(case, context, credential, expires_s)
        if expires_s is not None and issued_s is not None:
            yield from _too_long(case, credential, expires_s - issued_s)
        if issued_s is not None:
            yield from _local_zone(case, context, credential, issued_s)
        return


def _in_flight(
    case: Case, context: Context, credential: Credential, expires_s: float
) -> Iterator[Finding]:
    """The token was valid when it was sent, by the server's clock, and no more when it answered."""
    now_s, times = case.server_now_s, case.exchange.times
    sent_s = times.started or times.request_sent
    if now_s is None or sent_s is None or case.exchange.at_s is None:
        return
    waited_s = case.exchange.at_s - sent_s
    left_s = expires_s - (now_s - waited_s)
    if not MARGIN_S < left_s <= waited_s or said(case, Topic.SIGNATURE, Topic.AUDIENCE):
        return
    yield Finding(
        "jwt/expired-in-flight",
        Certainty.PROVEN,
        (
            Evidence(credential.where, {"exp": round(expires_s), "time": moment(expires_s)}),
            Evidence("exchange.time", {"sent_before_exp_s": round(left_s, 1)}),
            *words_evidence(case, context.masker, Topic.EXPIRED),
        ),
        causes=(CauseFound("on-the-way", certainty_by_words(case, Topic.EXPIRED)),),
        values={"left_s": left_s, "waited_s": waited_s},
    )


def _too_long(case: Case, credential: Credential, lifetime_s: float) -> Iterator[Finding]:
    where, text = _stated_too_long(case)
    limit_s = _limit_s(case, credential)
    if lifetime_s <= (limit_s or 0) or not (text or limit_s):
        return
    certainty = Certainty.PROVEN if text and limit_s else Certainty.LIKELY
    shown = {"lifetime_s": round(lifetime_s)}
    if limit_s is not None:
        shown["limit_s"] = limit_s
    yield Finding(
        "jwt/lifetime-too-long",
        Certainty.PROVEN,
        (Evidence(credential.where, dict(shown)), *((Evidence(where, text),) if text else ())),
        causes=(CauseFound("over-the-limit", certainty),),
        values={"lifetime_s": lifetime_s, "limit_s": limit_s or 0},
    )


@reading
def _stated_too_long(texts: Texts) -> tuple[str, str]:
    for where, text in texts:
        lower = text[:1000].lower()
        for word in _TOO_LONG:
            if word in lower:
                return where, word
    return "", ""


def _limit_s(case: Case, credential: Credential) -> int | None:
    host = case.exchange.request.host.lower()
    if not host.endswith(_LIMITED):
        return None
    audience = ((credential.jwt.claims if credential.jwt else None) or {}).get("aud")
    named = audience if isinstance(audience, str) else ""
    return next(
        (
            each.limit_s
            for each in _LIMITS
            if fnmatchcase(host, each.host) and fnmatchcase(named[:300], each.audience)
        ),
        None,
    )


def _local_zone(
    case: Case, context: Context, credential: Credential, issued_s: float
) -> Iterator[Finding]:
    """Compare `iat` with the moment at which the token was seen to be handed out."""
    handed = _handed_out(case, context, credential)
    if handed is None or handed.at_s is None:
        return
    skew_s = context.history.clocks.skew_s(handed.host) or 0.0
    off_s = issued_s - (handed.at_s - skew_s)
    quarters = round(off_s / QUARTER_S)
    if (
        quarters == 0
        or abs(off_s) > MAX_OFFSET_S
        or abs(off_s - quarters * QUARTER_S) > MAX_ERROR_S
    ):
        return
    # A token can be older than the answer that hands it out; it cannot be younger.
    certainty = Certainty.PROVEN if off_s > 0 else Certainty.POSSIBLE
    stated = said(case, Topic.NOT_YET_VALID if off_s > 0 else Topic.EXPIRED)
    if off_s < 0 and not stated:
        return
    topics = (Topic.NOT_YET_VALID, Topic.EXPIRED)
    yield Finding(
        "jwt/time-local-zone",
        certainty,
        (
            Evidence(credential.where, {"iat": round(issued_s), "time": moment(issued_s)}),
            earlier("token-issued", handed),
            *words_evidence(case, context.masker, *topics),
        ),
        causes=(
            CauseFound(
                "local-time",
                Certainty.LIKELY if certainty is Certainty.PROVEN else Certainty.POSSIBLE,
            ),
        ),
        values={"offset_s": abs(quarters * QUARTER_S)},
        related=(handed.exchange,),
    )


def _handed_out(case: Case, context: Context, credential: Credential) -> Sighting | None:
    for carried in judged(case, context):
        if carried.credential is credential:
            record = context.history.tokens.record(carried.fingerprint)
            return record.issued if record else None
    return None
