"""Why did the token endpoint refuse a refresh token? What history knows of it (RFC 6749 section 6,
RFC 9700 section 4.14.2)."""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.earlier import earlier, since_s
from why401.detectors.server_words import Topic, said
from why401.history.issued import sent_refresh_token
from why401.history.sighting import Sighting
from why401.history.tokens import Token
from why401.model import CauseFound, Certainty, Evidence, Finding


def refused_refresh(
    case: Case, context: Context, stated: tuple[Evidence, ...]
) -> Iterator[Finding]:
    """Yield what became of the refresh token that was refused; `stated` is what the answer says."""
    text = sent_refresh_token(case)
    history = context.history
    token = history.tokens.record(history.fingerprints.of(text)) if text else None
    first = next((seen for seen, ok in token.exchanged if ok), None) if token else None
    if token is None or first is None:
        yield _ended(token, context, stated)
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
        Certainty.PROVEN,
        (earlier("token-refreshed", first), *stated),
        (CauseFound(cause, Certainty.PROVEN if rotated else Certainty.LIKELY),),
        {"age_s": round(since_s(case, first)), "exchange": first.exchange},
        (first.exchange,),
    )


def is_own_refresh(case: Case) -> bool:
    """Return whether this is a refresh at an endpoint of the application's own, which speaks no
    OAuth: the refresh token is all that the request shows, and was refused."""
    if case.stated_status != 401 or "authorization" in case.request.headers.by_name():
        return False
    return bool(sent_refresh_token(case)) and said(case, Topic.MISSING) is None


def _ended(token: Token | None, context: Context, stated: tuple[Evidence, ...]) -> Finding:
    issued, reused = (token.issued, _reuse_before(token, context)) if token else (None, None)
    return Finding(
        "oauth/refresh-expired-or-revoked",
        Certainty.PROVEN,
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
