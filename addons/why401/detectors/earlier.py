"""What detectors that look back share: credentials judged, earlier exchanges as evidence."""

from __future__ import annotations

from why401.case import Case
from why401.context import Context
from why401.detectors.refusal import is_refused, judged_credentials
from why401.history.cookies import is_logout_path
from why401.history.requests import Attempt, Worked
from why401.history.settling import Carried
from why401.history.sighting import Sighting, seconds_between
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain, Severity, header_text
from why401.triage import is_login_redirect
from why401.verdict.counterfactual import WINDOW_S


def judged(case: Case, context: Context) -> tuple[Carried, ...]:
    """Return the credentials that the answer is about, as history knows them."""
    known: tuple[Carried, ...] | None = case.memo.get("earlier.judged")
    if known is None:
        known, about = context.history.carried(case), judged_credentials(case)
        if about is not case.credentials:
            places = {credential.where for credential in about}
            known = tuple(each for each in known if each.credential.where in places)
        case.memo["earlier.judged"] = known
    return known


def is_remembered(case: Case, context: Context) -> bool:
    """Return whether history knows a credential that the answer is about: it was handed out by an
    earlier answer, or opened something."""
    tokens = context.history.tokens
    for each in judged(case, context):
        if tokens.record(each.fingerprint) or tokens.success(each.fingerprint):
            return True
    return False


def attempts(case: Case, context: Context) -> tuple[Attempt, ...]:
    """Return how this very request ended before, sent from this machine with the credential that
    the answer is about."""
    history = context.history
    for first in judged(case, context)[:1]:
        machine = history.seen(case).client[0]
        return history.requests.attempts(history.key(case), first.fingerprint, machine)
    return ()


def earlier(place: str, seen: Sighting) -> Evidence:
    """Return an earlier exchange as evidence at `history.PLACE`."""
    plain: dict[str, Plain] = {"exchange": seen.exchange, "request": seen.via}
    if seen.client_text:
        plain["client"] = seen.client_text
    return Evidence(f"history.{place}", plain)


def login_in_flight(
    where: str, login: Sighting, started_s: float | None, *, says_absent: bool
) -> Finding:
    """Return what is said of a request that was sent at `started_s` without the credential at
    `where`, which only came with the answer of `login`; `says_absent` is whether the server said
    that none came. At one address there may be another user, who has yet to log in: that this is
    why it was refused is proven in a capture of one client's own."""
    certainty = Certainty.PROVEN if says_absent and not login.address else Certainty.LIKELY
    late_s = seconds_between(started_s, login.ended_s)
    place = "cookie-set" if where.startswith("request.cookie.") else "token-issued"
    return Finding(
        "session/login-in-flight",
        Certainty.PROVEN,
        (
            Evidence(where, None),
            earlier(place, login),
            Evidence("history.token-issued-later-s", round(late_s, 3)),
        ),
        (CauseFound("not-awaited", certainty),),
        {"late_s": max(round(late_s), 1), "exchange": login.exchange},
        (login.exchange,),
    )


def severity_of_ended(case: Case) -> Severity | None:
    """Return how grave it is that a session was over: a second logout does no harm; else as the
    rule says."""
    return Severity.INFO if is_logout_path(case.exchange.request.path) else None


def since_s(case: Case, seen: Sighting) -> float:
    """Return how long before this exchange the earlier one was answered, seconds; 0 if unknown."""
    return max(seconds_between(seen.at_s, case.exchange.at_s), 0.0)


def began_after(case: Case, seen: Sighting) -> bool:
    """Return whether this request was sent after the answer of the earlier one was in."""
    started = case.exchange.times.started or case.exchange.at_s
    return started is None or seen.ended_s is None or started >= seen.ended_s


def worked_lately(case: Case, context: Context) -> Worked | None:
    """Return the success of the same method, host and path a moment before, None without."""
    worked = context.history.requests.last_success(context.history.key(case))
    if worked is None or not 0.0 <= seconds_between(worked.at_s, case.exchange.at_s) <= WINDOW_S:
        return None
    return worked


def is_turned_away(case: Case) -> bool:
    """Return whether the server refused the request, or sent it to a login page instead."""
    response = case.exchange.response
    if response is None or case.family is not None:
        return False
    return is_refused(case) or is_login_redirect(response.status, response.headers.fields)


def wants_json(case: Case) -> bool:
    """Return whether the request evidently comes from a program, not from a person's page view."""
    headers = case.request.headers
    accept = (headers.text("accept") or "").lower()
    if headers.text("x-requested-with") == "XMLHttpRequest" or "json" in accept:
        return True
    sent = (headers.text("content-type") or "").lower()
    return "json" in sent or headers.text("sec-fetch-mode") == "cors"


def sent_authorization(case: Case) -> bytes | None:
    """Return the first Authorization field, or None."""
    values = case.request.headers.values("authorization")
    return values[0] if values else None


def header(case: Case, name: str) -> str:
    """Return a request header's text in lower case, empty where there is none."""
    value = case.request.headers.values(name)
    return header_text(value[0][:1000]).lower() if value else ""
