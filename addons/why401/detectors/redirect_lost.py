"""Did a redirect take the credential, or the method, away before this refusal?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.earlier import earlier, sent_authorization
from why401.detectors.refusal import is_refused, words_evidence
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.redirects import Redirect, origin_of
from why401.history.sighting import placeholder
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "transport/auth-dropped-on-redirect",
    "transport/auth-dropped-scheme-change",
    "transport/trailing-slash-redirect",
    "transport/method-changed",
    "transport/auth-kept-on-redirect",
)
NEEDS = frozenset({Trait.REDIRECTED})

_LOGIN_PAGE = regex(r"log-?in\b|sign-?in\b|/sso\b|/authorize\b")
_SIGNED_QUERY = frozenset(
    {"x-amz-signature", "x-goog-signature", "signature", "sig", "x-oss-signature", "q-signature"}
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where the request before the redirect carried what this one lacks.

    Clients drop Authorization when a redirect leads to another origin (Fetch standard,
    HTTP-redirect fetch; curl without --location-trusted; Python requests), and turn POST into GET
    after 301 and 302 (RFC 9110 section 15.4.2).
    """
    redirect = context.history.redirects.to(case)
    if redirect is None:
        return
    if is_refused(case):
        sent = sent_authorization(case)
        if sent is None:
            yield from _dropped(case, context, redirect)
        else:
            yield from _kept(case, context, redirect, sent)
    yield from _method(case, redirect)


def _places(redirect: Redirect, case: Case) -> dict[str, str | int | float]:
    return {
        "from_host": redirect.authorization_origin[1],
        "to_host": case.exchange.request.host,
        "status": redirect.status,
    }


def _redirected(redirect: Redirect) -> Evidence:
    return earlier("redirected", redirect.seen)


def _dropped(case: Case, context: Context, redirect: Redirect) -> Iterator[Finding]:
    if redirect.authorization is None or case.has_credentials:
        return
    request = case.exchange.request
    if _LOGIN_PAGE.search(request.path[:200].lower()):
        # Whoever is sent to a login page was turned away with the credential in hand.
        return
    before, now = (
        redirect.authorization_origin,
        origin_of(request.scheme, request.host, request.port),
    )
    if before[1] != now[1] or (before[0] == now[0] and before[2] != now[2]):
        rule, cause = "transport/auth-dropped-on-redirect", "other-origin"
    elif before[0] != now[0]:
        rule = "transport/auth-dropped-scheme-change"
        cause = "to-clear-text" if now[0] == "http" else "scheme-change"
    elif _differs_by_slash(redirect, case):
        rule, cause = "transport/trailing-slash-redirect", "credential-lost"
    else:
        rule, cause = "transport/auth-dropped-on-redirect", "same-origin"
    says_absent = said(case, Topic.MISSING) is not None or (
        bool(case.challenges) and not any(challenge.param("error") for challenge in case.challenges)
    )
    is_fatal = case.status == 401 and says_absent
    yield Finding(
        rule,
        Certainty.PROVEN,
        (
            Evidence("request.header.authorization", None),
            _redirected(redirect),
            Evidence("history.authorization", placeholder("authorization", redirect.authorization)),
            *words_evidence(case, context.masker, Topic.MISSING),
        ),
        causes=(CauseFound(cause, Certainty.PROVEN if is_fatal else Certainty.LIKELY),),
        values=_places(redirect, case),
        related=redirect.hops,
    )


def _kept(case: Case, context: Context, redirect: Redirect, sent: bytes) -> Iterator[Finding]:
    """The opposite: the field went along to a host that has credentials of its own in the URL."""
    if redirect.authorization != context.history.fingerprints.of(sent):
        return
    if redirect.authorization_origin[1] == case.exchange.request.host.lower():
        return
    is_signed = any(name.lower() in _SIGNED_QUERY for name, _ in case.query[:50])
    stated = said(case, Topic.REPEATED) is not None
    if not (is_signed or stated):
        return
    yield Finding(
        "transport/auth-kept-on-redirect",
        Certainty.PROVEN,
        (
            Evidence(
                "request.header.authorization",
                placeholder("authorization", redirect.authorization),
            ),
            _redirected(redirect),
            *words_evidence(case, context.masker, Topic.REPEATED),
        ),
        causes=(
            CauseFound(
                "two-credentials", Certainty.PROVEN if is_signed and stated else Certainty.LIKELY
            ),
        ),
        values=_places(redirect, case),
        related=redirect.hops,
    )


def _method(case: Case, redirect: Redirect) -> Iterator[Finding]:
    """POST that became GET on the way to the same resource. Elsewhere it is what web pages do on
    purpose (post, redirect, get)."""
    method = case.exchange.request.method
    if redirect.method in ("GET", "HEAD") or method not in ("GET", "HEAD"):
        return
    if case.family is not None or case.status not in (400, 401, 403, 404, 405):
        return
    by_slash = _differs_by_slash(redirect, case)
    same = by_slash or redirect.path == case.exchange.request.path
    if not same:
        return
    rule = "transport/trailing-slash-redirect" if by_slash else "transport/method-changed"
    cause = "method-lost" if by_slash else "became-get"
    yield Finding(
        rule,
        Certainty.PROVEN,
        (Evidence("request.method", method), _redirected(redirect)),
        causes=(CauseFound(cause, Certainty.PROVEN if case.status == 405 else Certainty.LIKELY),),
        values={**_places(redirect, case), "method": redirect.method[:12]},
        related=redirect.hops,
    )


def _differs_by_slash(redirect: Redirect, case: Case) -> bool:
    now = case.exchange.request.path[:200]
    same_host = redirect.origin[1] == case.exchange.request.host.lower()
    return same_host and redirect.path != now and redirect.path.rstrip("/") == now.rstrip("/")
