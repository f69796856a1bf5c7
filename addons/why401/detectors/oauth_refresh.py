"""Why did the token endpoint refuse a refresh token? What history knows of it (RFC 6749 section 6,
RFC 9700 section 4.14.2)."""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.earlier import earlier, since_s
from why401.detectors.server_texts import texts
from why401.detectors.server_words import Topic, said
from why401.history.issued import sent_refresh_token
from why401.history.sighting import Sighting
from why401.history.tokens import Token
from why401.knowledge.folding import folded
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

MAX_WORDS = 300
_OF_TOKEN = regex(r"token|refresh|session|jwt|invalid_grant|令牌|登录|登陆")
_OF_FORGERY = regex(r"csrf|xsrf|forgery")
_SAYS_NOTHING = regex(
    r"\W{0,3}(?:401|false|error|fail(?:ed|ure)?)?\W{0,3}"
    r"(?:unauthori[sz]ed|not authori[sz]ed|authentication failed|access denied)?\W{0,3}"
)


def refused_refresh(
    case: Case,
    context: Context,
    stated: tuple[Evidence, ...],
    sure: Certainty = Certainty.PROVEN,
) -> Iterator[Finding]:
    """Yield what became of the refresh token that was refused; `stated` is what the answer says,
    `sure` how sure it is that it was refused for this token."""
    text = sent_refresh_token(case)
    history = context.history
    token = history.tokens.record(history.fingerprints.of(text)) if text else None
    first = next((seen for seen, ok in token.exchanged if ok), None) if token else None
    if token is None or first is None:
        yield _ended(token, context, stated, sure)
        return
    overlap = _overlaps(case, first)
    rotated = token.superseded is not None
    if overlap:
        rule, cause = "session/concurrent-refresh", "not-single-flight"
    elif rotated:
        rule, cause = "oauth/refresh-reuse", "old-one-kept"
    else:
        rule, cause = "oauth/refresh-expired-or-revoked", "ended"
    yield Finding(
        rule,
        sure,
        (earlier("token-refreshed", first), *stated),
        (CauseFound(cause, sure if rotated else Certainty.LIKELY),),
        {"age_s": round(since_s(case, first)), "exchange": first.exchange},
        (first.exchange,),
    )


def own_refresh(case: Case) -> Certainty | None:
    """Return how sure it is that a refresh token was refused at an endpoint of the application's
    own, which speaks no OAuth and may ask for more: a key, a captcha, a device that it knows. None
    where this is no such refresh, or the answer speaks of something else."""
    if case.stated_status != 401 or "authorization" in case.request.headers.by_name():
        return None
    if not sent_refresh_token(case) or said(case, Topic.MISSING, Topic.KEY_REFUSED) is not None:
        return None
    words = [folded(text[:MAX_WORDS]) for _, text in texts(case)]
    if any(_OF_TOKEN.search(each) and not _OF_FORGERY.search(each) for each in words):
        return Certainty.PROVEN
    return Certainty.LIKELY if all(map(_SAYS_NOTHING.fullmatch, words)) else None


def _ended(
    token: Token | None, context: Context, stated: tuple[Evidence, ...], sure: Certainty
) -> Finding:
    issued, reused = (token.issued, _reuse_before(token, context)) if token else (None, None)
    return Finding(
        "oauth/refresh-expired-or-revoked",
        sure,
        (
            *((earlier("token-issued", issued),) if issued else ()),
            *((earlier("refresh-reused", reused),) if reused else ()),
            *stated,
        ),
        (CauseFound("family-ended" if reused else "ended", Certainty.LIKELY),),
        related=tuple(seen.exchange for seen in (issued, reused) if seen),
    )


def _reuse_before(token: Token, context: Context) -> Sighting | None:
    """Return where the token whose place this one took was sent again afterwards: a server that
    notices ends what came of it as well (RFC 9700 section 4.14.2)."""
    record = context.history.tokens.record
    before = record(token.predecessor) if token.predecessor else None
    if before is None or before.superseded is None:
        return None
    after_s = before.superseded.at_s or 0.0
    again = (seen for seen, worked in before.exchanged if not worked)
    return next((seen for seen in again if (seen.at_s or 0.0) > after_s), None)


def _overlaps(case: Case, first: Sighting) -> bool:
    """Whether this request was sent before the answer to the first one was in."""
    started = case.exchange.times.started
    return started is not None and first.ended_s is not None and started < first.ended_s
