"""Was the token valid at the moment at which the server judged it?

Times are judged at the exchange, by the server's clock as far as its Date header tells it, and by
the local clock as well: where the two disagree about the token, the clocks are the cause.
"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.claims import in_seconds, numeric_date
from why401.credentials.find import Credential
from why401.detectors.refusal import (
    certainty_by_words,
    is_refused,
    judged_credentials,
    words_evidence,
)
from why401.detectors.server_words import Topic, said
from why401.detectors.stated_values import stated_expiry_s
from why401.detectors.traits import Trait
from why401.history.clocks import Off
from why401.history.issued import sent_refresh_token
from why401.knowledge.words import moment
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "jwt/clock-skew",
    "jwt/expired",
    "jwt/not-yet-valid",
    "jwt/iat-future",
    "jwt/exp-missing",
)
NEEDS = frozenset({Trait.TURNED_AWAY, Trait.JWT})

LEEWAY_S = 60.0
"""Libraries tolerate up to a minute; how much this server does, nobody can see."""
MAX_STATED_S = 2.0
"""By how much an expiry may differ that a server names: it may be rounded."""
_NAMED_INSTEAD = (
    *(Topic.SIGNATURE, Topic.ALGORITHM, Topic.KEY_ID, Topic.AUDIENCE, Topic.ISSUER),
    *(Topic.REVOKED, Topic.SCOPE),
)
MIN_SKEW_S = 5.0
"""Date is cut to seconds and the way takes time: less says nothing about the clocks."""


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the times of the JWTs of a refused request (RFC 7519 section 4.1:
    refused from `exp` on and before `nbf`; `iat` in the future is refused by some libraries)."""
    now_s = case.server_now_s
    is_refusal = is_refused(case)
    for credential in judged_credentials(case):
        jwt = credential.jwt
        if not is_refusal and credential.authorization is None:
            # That whoever comes with an old cookie may log in anew is how it should be.
            continue
        if jwt is None or jwt.claims is None:
            continue
        if now_s is not None:
            yield from _judged(case, context, credential, now_s)
        if "exp" not in jwt.claims and said(case, Topic.NO_EXPIRY):
            yield Finding(
                "jwt/exp-missing",
                Certainty.PROVEN,
                (
                    Evidence(credential.where, {"exp": None}),
                    *words_evidence(case, context.masker, Topic.NO_EXPIRY),
                ),
                causes=(CauseFound("not-set", Certainty.PROVEN),),
            )


def _judged(
    case: Case, context: Context, credential: Credential, now_s: float
) -> Iterator[Finding]:
    claims = (credential.jwt.claims if credential.jwt else None) or {}
    has_clock = case.skew_s is not None or case.date_s is not None
    for name, rule, cause, topic in (
        ("exp", "jwt/expired", "expired", Topic.EXPIRED),
        ("nbf", "jwt/not-yet-valid", "too-early", Topic.NOT_YET_VALID),
        ("iat", "jwt/iat-future", "issued-in-future", Topic.NOT_YET_VALID),
    ):
        value = in_seconds(claims.get(name))
        if value is None:
            continue
        # A positive distance is by how much the server's clock is on the wrong side.
        distance_s = now_s - value if name == "exp" else value - now_s
        if distance_s < 0 or (name == "iat" and _is_same_as_nbf(claims, value)):
            continue
        skew = _skew_finding(case, context, credential, name, distance_s, topic)
        if skew is not None:
            yield skew
        if name == "iat" and distance_s <= 1:
            continue
        certainty = _certainty(case, topic)
        if name == "iat" and certainty is not Certainty.PROVEN:
            certainty = Certainty.POSSIBLE
        if not has_clock or credential.scheme == "cookie":
            certainty = certainty.at_most(Certainty.LIKELY)
        stated_s = stated_expiry_s(case) if name == "exp" else None
        is_other = stated_s is not None and abs(stated_s - value) > MAX_STATED_S
        # The server names the expiry of another token, or refuses one that this is to replace.
        if name == "exp" and (is_other or _is_refresh(case, credential)):
            certainty = Certainty.POSSIBLE
        yield Finding(
            rule,
            Certainty.PROVEN if has_clock else Certainty.LIKELY,
            (
                _claim_evidence(credential, name, value),
                *_clock_evidence(case, now_s),
                *words_evidence(case, context.masker, topic),
            ),
            causes=(CauseFound(_of_refresh(credential) if name == "exp" else cause, certainty),),
            values={"age_s": distance_s, f"{name}_time": value, "now_time": now_s},
        )


def _certainty(case: Case, topic: Topic) -> Certainty:
    """Return how sure a time that is over is the cause: a server that names another defect had
    looked at that one first, and says nothing about time."""
    if said(case, topic):
        return Certainty.PROVEN
    return Certainty.POSSIBLE if said(case, *_NAMED_INSTEAD) else Certainty.LIKELY


def _is_refresh(case: Case, credential: Credential) -> bool:
    """Whether the request asks for a new token with another one than this, which then may have
    expired."""
    if "refresh" in case.exchange.request.path[:200].lower() and any(
        "refresh" in name.lower() for name, _ in case.cookies[:100]
    ):
        return True
    sent = credential.authorization.token if credential.authorization else credential.value
    refresh = sent_refresh_token(case)
    return refresh is not None and refresh != sent


def _of_refresh(credential: Credential) -> str:
    """Return the cause of an expiry: that of a refresh token is mended by a login alone."""
    return "refresh-expired" if "refresh" in credential.where.lower() else "expired"


def _is_same_as_nbf(claims: object, value: float) -> bool:
    return isinstance(claims, dict) and numeric_date(claims.get("nbf")) == value


def _skew_finding(
    case: Case,
    context: Context,
    credential: Credential,
    name: str,
    distance_s: float,
    topic: Topic,
) -> Finding | None:
    """Return a finding where the local clock takes the token for valid and the server's does not:
    then nobody who looks at the local clock can find the fault."""
    skew_s = case.skew_s
    if skew_s is None or abs(skew_s) <= MIN_SKEW_S or case.exchange.at_s is None:
        return None
    # Local now is server now plus skew: ahead it helps a token past nbf, behind one past exp.
    local_distance_s = distance_s + skew_s if name == "exp" else distance_s - skew_s
    if local_distance_s >= 0:
        return None
    return Finding(
        "jwt/clock-skew",
        Certainty.PROVEN,
        (
            _claim_evidence(credential, name, _claim(credential, name)),
            *_clock_evidence(case, case.server_now_s or 0.0),
            *words_evidence(case, context.masker, topic),
        ),
        causes=(CauseFound(_whose_clock(case, context, skew_s), certainty_by_words(case, topic)),),
        values={
            "skew_s": abs(skew_s),
            "claim": name,
            "claim_time": _claim(credential, name),
            "now_time": case.server_now_s or 0.0,
            "local_time": case.exchange.at_s,
        },
    )


def _whose_clock(case: Case, context: Context, skew_s: float) -> str:
    """Return the cause; whose clock is off is known only by servers of other sites."""
    match context.history.clocks.off(case.exchange.request.host):
        case Off.LOCAL:
            return "behind" if skew_s < 0 else "ahead"
        case Off.SERVER:
            return "server"
        case Off.UNKNOWN:
            return "differ"


def _claim_evidence(credential: Credential, name: str, value: float) -> Evidence:
    # By name: a bare text at this place would be taken for the credential itself, and masked.
    return Evidence(credential.where, {name: round(value), "time": moment(value)})


def _claim(credential: Credential, name: str) -> float:
    claims = (credential.jwt.claims if credential.jwt else None) or {}
    return numeric_date(claims.get(name)) or 0.0


def _clock_evidence(case: Case, now_s: float) -> tuple[Evidence, ...]:
    if case.date_s is not None:
        return (Evidence("response.header.date", case.response.headers.text("date") or ""),)
    return (Evidence("exchange.time", f"{now_s:.0f} ({moment(now_s)})"),)
