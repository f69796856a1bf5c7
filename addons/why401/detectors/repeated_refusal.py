"""What do earlier outcomes of the same credential tell about this refusal?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.earlier import attempts, earlier, judged, since_s
from why401.detectors.traits import Trait
from why401.history.outcome import replica
from why401.history.requests import Attempt
from why401.history.settling import Carried
from why401.history.sighting import placeholder, seconds_between
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "session/flapping",
    "session/refresh-loop",
    "session/partial-failure",
    "session/retry-loop",
)
NEEDS = frozenset({Trait.REFUSED, Trait.REPEATED})

LOOP_S = 60.0
MIN_REFUSALS = 3
MIN_TURNS = 2
"""How often a session was taken and refused by turns, before it is refused once more."""
RECENT_S = 3600.0


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where the same credential is refused again and again, or now here and now
    there. All of it rests on equality of fingerprints."""
    if case.status == 407:
        return
    before = attempts(case, context)
    for carried in judged(case, context)[:1]:
        seen = Evidence(carried.credential.where, placeholder("token", carried.fingerprint))
        if _flaps(before):
            yield _flapping(case, before, seen)
        else:
            yield from _retry_loop(case, before, seen)
        yield from _refresh_loop(case, context, carried, seen)
        yield from _partial(case, context, carried, seen)


def _flaps(attempts: tuple[Attempt, ...]) -> bool:
    """Whether it worked, was refused and worked again before this refusal."""
    outcomes = [attempt.status < 400 for attempt in attempts]
    changes = sum(a is not b for a, b in itertools.pairwise(outcomes))
    return bool(outcomes) and outcomes[-1] and changes >= 2


def session_flapping(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where a session is known to some instances of the server alone. A login and a
    logout change what the same session opens as well, so its outcomes by themselves say nothing."""
    history = context.history
    token = history.session(case)
    if token is None:
        return
    machine = history.seen(case).client[0]
    attempts = history.requests.attempts(history.key(case), token, machine)
    good, bad = _instances(case, attempts)
    if not attempts or attempts[-1].status >= 400 or not good or not bad or good & bad:
        return
    # A login and a logout make such a pair as well; instances that do so again do not.
    turns = [each.status < 400 for each in attempts]
    if sum(a is not b for a, b in itertools.pairwise(turns)) >= MIN_TURNS:
        where = next(each.where for each in case.credentials if each.scheme == "cookie")
        seen = Evidence(where, placeholder("cookie", token))
        yield _flapping(case, attempts, seen, "own-sessions")


def _instances(case: Case, attempts: tuple[Attempt, ...]) -> tuple[set[str], set[str]]:
    """Return which instances accepted the credential lately, and which refused it."""
    last = attempts[-6:]
    good = {each.answered_by for each in last if each.status < 400 and each.answered_by}
    bad = {each.answered_by for each in last if each.status >= 400 and each.answered_by}
    here = replica(case)
    return good, bad | {here} if here else bad


def _flapping(
    case: Case, attempts: tuple[Attempt, ...], seen: Evidence, cause: str = "one-replica"
) -> Finding:
    last = attempts[-6:]
    good, bad = _instances(case, attempts)
    apart = bool(good) and bool(bad) and not good & bad
    # That it flaps is seen; why is told by the instances, and a few answers may fall so by chance.
    certainty = Certainty.POSSIBLE if good & bad else Certainty.LIKELY
    return Finding(
        "session/flapping",
        Certainty.PROVEN,
        (
            seen,
            Evidence("history.outcomes", [f"{each.exchange} {each.status}" for each in last]),
            *((Evidence("history.answered-by", sorted(bad)),) if apart else ()),
        ),
        (CauseFound(cause, certainty),),
        related=tuple(each.exchange for each in last),
    )


def _retry_loop(case: Case, attempts: tuple[Attempt, ...], seen: Evidence) -> Iterator[Finding]:
    now_s = case.exchange.at_s or 0.0
    run: list[Attempt] = []
    for attempt in reversed(attempts):
        if attempt.status < 400 or now_s - attempt.at_s > LOOP_S:
            break
        run.append(attempt)
    if len(run) + 1 < MIN_REFUSALS:
        return
    yield Finding(
        "session/retry-loop",
        Certainty.PROVEN,
        (seen, Evidence("history.outcomes", [f"{e.exchange} {e.status}" for e in run[::-1]])),
        (CauseFound("blind-retry", Certainty.PROVEN),),
        {"count": len(run) + 1, "age_s": max(round(seconds_between(run[-1].at_s, now_s)), 1)},
        tuple(each.exchange for each in run[::-1]),
    )


def _refresh_loop(
    case: Case, context: Context, carried: Carried, seen: Evidence
) -> Iterator[Finding]:
    """Two tokens in a row that were refused at once: what refuses them is not their age."""
    tokens = context.history.tokens
    token = tokens.record(carried.fingerprint)
    before = tokens.record(token.predecessor) if token and token.predecessor else None
    if token is None or before is None or token.issued is None or before.refused is None:
        return
    host = case.exchange.request.host
    for each in (token, before):
        opened = tokens.success(each.fingerprint)
        if each.worked is not None or (opened is not None and opened.host == host):
            return
    if before.is_link_guessed or before.issued is None or case.stated_status != 401:
        return
    # The refresh answered a 401 of this very request, and so does this one follow the refresh.
    history = context.history
    earlier_tries = history.requests.attempts(
        history.key(case), before.fingerprint, history.seen(case).client[0]
    )
    at_s = token.issued.at_s or 0.0
    if since_s(case, token.issued) > LOOP_S or not any(
        each.status == 401 and 0.0 <= at_s - each.at_s <= LOOP_S for each in earlier_tries
    ):
        return
    yield Finding(
        "session/refresh-loop",
        Certainty.PROVEN,
        (seen, earlier("token-refused", before.refused), earlier("token-refreshed", token.issued)),
        (CauseFound("not-expiry", Certainty.PROVEN),),
        related=(before.refused.exchange, token.issued.exchange),
    )


def _partial(case: Case, context: Context, carried: Carried, seen: Evidence) -> Iterator[Finding]:
    if carried.credential.scheme not in ("bearer", "api-key", "dpop"):
        return
    opened = context.history.tokens.success(carried.fingerprint)
    host = case.exchange.request.host
    if opened is None or opened.host == host:
        return
    if (case.exchange.at_s or 0.0) - (opened.at_s or 0.0) > RECENT_S:
        return
    yield Finding(
        "session/partial-failure",
        Certainty.LIKELY,
        (
            seen,
            Evidence("history.token-worked", {"exchange": opened.exchange, "host": opened.host}),
        ),
        (CauseFound("other-expectations", Certainty.POSSIBLE),),
        {"other": opened.host, "host": host},
        (opened.exchange,),
    )
