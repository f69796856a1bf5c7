"""Is the refused token one that history has seen replaced, given back, or outlived?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.earlier import began_after, earlier, judged, severity_of_ended, since_s
from why401.detectors.refusal import words_evidence
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.settling import Carried
from why401.history.sighting import Sighting, placeholder
from why401.history.tokens import Token
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "session/stale-after-refresh",
    "session/logged-out",
    "session/cached-token",
)
NEEDS = frozenset({Trait.REFUSED, Trait.REMEMBERED})

_LOGGED_OUT, _PASSWORD = "logged-out", "password-changed"
_OF_ANY_TOKEN = (Topic.SCOPE, Topic.AUDIENCE, Topic.ISSUER)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for a token whose successor this client, or another, already has."""
    for carried in judged(case, context):
        token = context.history.tokens.record(carried.fingerprint)
        if token is None:
            continue
        for by, cause in ((token.revoked, _LOGGED_OUT), (token.password_changed, _PASSWORD)):
            if by is not None and began_after(case, by) and not _worked_since(context, token, by):
                yield _logged_out(case, context, carried, by, cause)
                return
        if token.superseded is None or not began_after(case, token.superseded):
            continue
        if token.kind in ("access", "id") and token.superseded_by is not None:
            yield _stale(case, context, carried, token, token.superseded, token.superseded_by)
            return


def _seen(carried: Carried) -> Evidence:
    return Evidence(carried.credential.where, placeholder("token", carried.fingerprint))


def _worked_since(context: Context, token: Token, by: Sighting) -> bool:
    """Whether the token opened something after what should have ended it: then that ended another,
    a device's session among a list of them."""
    opened = context.history.tokens.success(token.fingerprint)
    return opened is not None and (opened.at_s or 0.0) > (by.ended_s or 0.0)


def _logged_out(
    case: Case, context: Context, carried: Carried, by: Sighting, cause: str
) -> Finding:
    stated = cause == _LOGGED_OUT and said(case, Topic.REVOKED) is not None
    return Finding(
        "session/logged-out",
        Certainty.PROVEN if cause == _LOGGED_OUT else Certainty.LIKELY,
        (
            _seen(carried),
            earlier("token-revoked" if cause == _LOGGED_OUT else "password-changed", by),
            *words_evidence(case, context.masker, Topic.REVOKED),
        ),
        causes=(CauseFound(cause, Certainty.PROVEN if stated else Certainty.LIKELY),),
        values={"age_s": round(since_s(case, by)), "via": by.via},
        related=(by.exchange,),
        severity=severity_of_ended(case),
    )


def _stale(
    case: Case, context: Context, carried: Carried, token: Token, by: Sighting, successor: bytes
) -> Finding:
    tokens = context.history.tokens
    was_refused = token.refused is not None and (token.refused.at_s or 0) <= (by.at_s or 0)
    host = case.exchange.request.host
    opened = tokens.success(successor)
    works_here = opened is not None and opened.host == host
    is_over = token.is_over(case.exchange.at_s) or said(case, Topic.EXPIRED, Topic.REVOKED)
    is_dead = is_over or (_is_about_token(case) and (was_refused or works_here))
    same_client = by.client == context.history.seen(case).client
    certainty = Certainty.LIKELY if token.is_link_guessed else Certainty.PROVEN
    is_proven = certainty is Certainty.PROVEN and bool(is_dead)
    rule, cause = "session/stale-after-refresh", "kept-old-token"
    if not same_client:
        rule, cause = "session/cached-token", "own-copy"
    return Finding(
        rule,
        certainty,
        (
            _seen(carried),
            *((earlier("token-issued", token.issued),) if token.issued else ()),
            earlier("token-refreshed", by),
            *((Evidence("history.token-worked", opened.exchange),) if opened else ()),
        ),
        causes=(CauseFound(cause, Certainty.PROVEN if is_proven else Certainty.LIKELY),),
        values={"age_s": round(since_s(case, by)), "exchange": by.exchange},
        related=tuple(
            dict.fromkeys(each.exchange for each in (token.issued, by, opened) if each is not None)
        ),
    )


def _is_about_token(case: Case) -> bool:
    """Whether the answer refuses the token itself: a 403 knows whose it is, and what a server says
    of scope or audience holds for the successor as well."""
    return case.stated_status == 401 and said(case, *_OF_ANY_TOKEN) is None
