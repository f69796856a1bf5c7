"""Did the client hold a token, or was it just getting one, when it asked without?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.credentials_missing import carries_login
from why401.detectors.earlier import earlier, login_in_flight
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.settling import asks_for_login
from why401.history.sighting import placeholder
from why401.history.sites import site_of
from why401.history.tokens import Token
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("session/login-in-flight", "session/credential-never-sent")
NEEDS = frozenset({Trait.REFUSED, Trait.NO_CREDENTIALS, Trait.NO_AUTHORIZATION})


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for a refused request without credentials whose client had been given a
    token that it has not used in any request, or was given one while this was under way."""
    if case.status != 401 or case.exchange.request.method == "OPTIONS":
        return
    if case.exchange.is_sanitised:
        return
    history = context.history
    token = history.tokens.given_to(history.seen(case).client)
    if token is None or token.issued is None or token.issued.exchange == case.exchange.id:
        return
    if site_of(token.issued.host) != site_of(case.exchange.request.host):
        return
    if carries_login(case):
        # Who logs in or asks for a token shows who it is in the body.
        return
    says_absent = said(case, Topic.MISSING) is not None or any(
        not each.param("error") for each in case.challenges
    )
    issued, started = token.issued, case.exchange.times.started
    subject = placeholder("token", token.fingerprint)
    is_same_host = issued.host == case.exchange.request.host
    if started is not None and issued.ended_s is not None and started < issued.ended_s:
        if issued.started_s is not None and issued.started_s <= started:
            where, is_sure = "request.header.authorization", says_absent and is_same_host
            if asks_for_login(case.offered):
                yield login_in_flight(where, issued, started, says_absent=is_sure)
        return
    if _was_sent(token, context) or token.is_over(case.exchange.at_s):
        return
    yield Finding(
        "session/credential-never-sent",
        Certainty.LIKELY,
        (
            Evidence("request.header.authorization", None),
            earlier("token-issued", issued),
            Evidence("history.token", subject),
        ),
        (CauseFound("not-wired", Certainty.LIKELY if says_absent else Certainty.POSSIBLE),),
        {"exchange": issued.exchange},
        (issued.exchange,),
    )


def _was_sent(token: Token, context: Context) -> bool:
    used = token.worked or token.refused or token.revoked
    return used is not None or context.history.tokens.success(token.fingerprint) is not None
