"""Which attribute kept the session cookie from being sent?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.credentials_missing import OF_SESSIONS
from why401.detectors.earlier import (
    began_after,
    earlier,
    login_in_flight,
    severity_of_ended,
    since_s,
)
from why401.detectors.refusal import words_evidence
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.cookies import Cookie, is_browser, is_session_name, kept_back
from why401.history.sighting import seconds_between
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain

REPORTS = (
    "cookie/secure-over-http",
    "cookie/domain",
    "cookie/path",
    "cookie/samesite",
    "cookie/expired",
    "cookie/rejected",
    "cookie/not-sent",
    "cookie/third-party-blocked",
    "session/logged-out",
    "session/login-in-flight",
)
NEEDS = frozenset({Trait.TURNED_AWAY, Trait.NO_CREDENTIALS, Trait.NO_AUTHORIZATION})

MAX_SENT = 40
MIN_TELLING = 8
"""Characters of a cookie's value by which a client is known again: many have `lang=en`."""
_IN_HEADER = regex(r"(?i)authorization|bearer|api[ _-]?key")
_RULES = {
    "secure": "cookie/secure-over-http",
    "domain": "cookie/domain",
    "path": "cookie/path",
    "samesite": "cookie/samesite",
    "expired": "cookie/expired",
    "rejected": "cookie/rejected",
}
_CAUSES = {
    "secure": "secure",
    "domain": "other-host",
    "path": "other-path",
    "samesite": "cross-site",
    "expired": "expired",
}


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where this client was given a session cookie that it did not send along, and
    the request carries nothing else that could authenticate it.

    A jar simulated from the traffic (RFC 6265bis section 5.8.3) names the attribute; that this is
    why the server refused is proven by its own words only.
    """
    if case.status == 407 or case.exchange.is_sanitised:
        return
    if _asks_for_header(case):
        return
    client, host = context.history.seen(case).client, case.exchange.request.host
    held = [each for each in context.history.jars.held(client, host) if each.is_session]
    sent = {name for name, value in case.cookies if value}
    if any(cookie.name in sent for cookie in held):
        # Another one of them went along: then the session was there.
        return
    missing = [
        (cookie, kept_back(cookie, case.exchange))
        for cookie in held
        if began_after(case, cookie.seen)
    ]
    if not missing:
        yield from _in_flight(case, held)
        return
    # That of the login first; a newer one before an older one.
    cookie, reason = min(missing, key=lambda each: (not each[0].is_from_login, each[1] is None))
    if reason == "deleted":
        yield _logged_out(case, context, cookie)
    elif reason is None:
        yield from _not_sent(case, context, cookie)
    elif reason != "domain" or cookie.is_from_login:
        yield _kept_back(case, context, cookie, reason)


def _asks_for_header(case: Case) -> bool:
    """Whether the server asks for a credential in a header field: then no cookie is missing."""
    if case.challenges:
        return not any(each.name in OF_SESSIONS for each in case.challenges)
    words = said(case, Topic.ABSENT)
    return words is not None and _IN_HEADER.search(words[1][:500]) is not None


def _certainty(case: Case, context: Context) -> Certainty:
    """Words alone do not prove it: without a sign that this client is the one that was given the
    cookie, it may be another process or browser window, which never had it."""
    stated = said(case, Topic.MISSING) or any(each.name == "cookie" for each in case.challenges)
    return Certainty.PROVEN if stated and _is_same_jar(case, context) else Certainty.LIKELY


def _is_same_jar(case: Case, context: Context) -> bool:
    """Whether a cookie that went along is one that this client was given, or the capture is a
    browser's own."""
    if not case.exchange.client_address:
        return is_browser(case.exchange) or bool(case.cookies)
    jars, client = context.history.jars, context.history.seen(case).client
    sent = {name: value for name, value in case.cookies[:MAX_SENT] if len(value) >= MIN_TELLING}
    return any(
        cookie.name in sent and jars.value(sent[cookie.name]) == cookie.value
        for cookie in jars.held(client, case.exchange.request.host)
    )


def _evidence(case: Case, context: Context, cookie: Cookie) -> tuple[Evidence, ...]:
    attributes: dict[str, Plain] = {
        "domain": cookie.domain + (" (host only)" if cookie.is_host_only else ""),
        "path": cookie.path,
        "secure": cookie.is_secure,
    }
    if cookie.same_site:
        attributes["samesite"] = cookie.same_site
    return (
        Evidence(f"request.cookie.{cookie.name}", None),
        Evidence("history.set-cookie", attributes),
        earlier("cookie-set", cookie.seen),
        *words_evidence(case, context.masker, Topic.MISSING),
    )


def _values(case: Case, cookie: Cookie) -> dict[str, str | int | float]:
    request = case.exchange.request
    return {
        "name": cookie.name[:40],
        "domain": cookie.domain,
        "path": cookie.path[:60],
        "host": request.host,
        "url_path": request.path[:60],
        "same_site": cookie.same_site or "lax",
    }


def _in_flight(case: Case, held: list[Cookie]) -> Iterator[Finding]:
    """The session came with the answer to a login that was under way when this was sent."""
    started = case.exchange.times.started
    for cookie in held:
        login = cookie.seen
        is_new = cookie.is_from_login and is_session_name(cookie.name)
        if not is_new or started is None or login.started_s is None or login.ended_s is None:
            continue
        if login.started_s <= started < login.ended_s and not kept_back(cookie, case.exchange):
            where = f"request.cookie.{cookie.name}"
            yield login_in_flight(where, login, started, says_absent=False)
            return


def _kept_back(case: Case, context: Context, cookie: Cookie, reason: str) -> Finding:
    values = _values(case, cookie)
    if reason == "expired" and cookie.expires_at_s is not None:
        values["age_s"] = max(round(seconds_between(cookie.expires_at_s, case.exchange.at_s)), 0)
    cause = _CAUSES.get(reason) or cookie.problem or reason
    certainty = _certainty(case, context)
    if reason == "domain":
        # Another host may be another application, for which that login is not good.
        certainty = certainty.at_most(Certainty.LIKELY)
    return Finding(
        _RULES[reason],
        Certainty.PROVEN,
        _evidence(case, context, cookie),
        causes=(CauseFound(cause, certainty),),
        values=values,
        related=(cookie.seen.exchange,),
    )


def _not_sent(case: Case, context: Context, cookie: Cookie) -> Iterator[Finding]:
    """The jar says that it should have gone along. A cookie that no login set may belong to a
    visitor, and nobody need send it."""
    if not cookie.is_from_login:
        return
    site = case.request.headers.text("sec-fetch-site")
    partitioned = is_browser(case.exchange) and cookie.is_partitioned
    blocked = partitioned or (is_browser(case.exchange) and site == "cross-site")
    # Browsers keep cookies; without Fetch metadata it may be another tab or profile.
    certainty = Certainty.LIKELY if not is_browser(case.exchange) or site else Certainty.POSSIBLE
    yield Finding(
        "cookie/third-party-blocked" if blocked else "cookie/not-sent",
        Certainty.LIKELY if not blocked else Certainty.POSSIBLE,
        _evidence(case, context, cookie),
        causes=(
            CauseFound("partitioned" if partitioned else "blocked", Certainty.POSSIBLE)
            if blocked
            else CauseFound("no-jar", certainty),
        ),
        values=_values(case, cookie),
        related=(cookie.seen.exchange,),
    )


def _logged_out(case: Case, context: Context, cookie: Cookie) -> Finding:
    return Finding(
        "session/logged-out",
        Certainty.PROVEN,
        (
            Evidence(f"request.cookie.{cookie.name}", None),
            earlier("cookie-deleted", cookie.seen),
            *words_evidence(case, context.masker, Topic.MISSING),
        ),
        causes=(CauseFound("logged-out", _certainty(case, context)),),
        values={"age_s": round(since_s(case, cookie.seen)), "via": cookie.seen.via},
        related=(cookie.seen.exchange,),
        severity=severity_of_ended(case),
    )
