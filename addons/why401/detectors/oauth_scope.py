"""Was the token that is refused asked for, and granted, for what it is used for?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.detectors.earlier import earlier, judged
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.sighting import Sighting
from why401.history.tokens import Token
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "oauth/scope-not-requested",
    "oauth/scope-not-granted",
    "oauth/audience-not-requested",
    "oauth/introspection-unauthorised",
    "oauth/state-or-nonce",
)
NEEDS = (
    frozenset({Trait.REFUSED, Trait.REMEMBERED}),
    frozenset({Trait.REFUSED, Trait.CHANGING}),
    frozenset({Trait.REFUSED, Trait.CODE_FLOW, Trait.QUERY}),
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where the capture's own token request explains the refusal."""
    if case.exchange.request.method == "POST":
        yield from _introspection(case)
    if case.query and context.history.grants.has_requests:
        yield from _state(case, context)
    for carried in judged(case, context):
        token = context.history.tokens.record(carried.fingerprint)
        if token is None or token.issued is None:
            continue
        needed = _needed_scopes(case)
        asked = set((token.asked_scope or "").split())
        granted = set((token.granted_scope or "").split())
        lacking = sorted(needed - asked) if needed else []
        if needed and token.asked_scope is not None and lacking and not needed <= granted:
            yield Finding(
                "oauth/scope-not-requested",
                Certainty.PROVEN,
                (
                    Evidence("response.challenge.scope", " ".join(sorted(needed))[:200]),
                    Evidence("history.scope-requested", (token.asked_scope or "")[:200]),
                    earlier("token-issued", token.issued),
                ),
                (CauseFound("not-asked", Certainty.PROVEN),),
                {"scope": " ".join(lacking)[:60]},
                (token.issued.exchange,),
            )
        elif needed and token.granted_scope is not None and needed - granted:
            yield Finding(
                "oauth/scope-not-granted",
                Certainty.PROVEN,
                (
                    Evidence("response.challenge.scope", " ".join(sorted(needed))[:200]),
                    Evidence("history.scope-granted", (token.granted_scope or "")[:200]),
                    earlier("token-issued", token.issued),
                ),
                (CauseFound("not-granted", Certainty.PROVEN),),
                {"scope": " ".join(sorted(needed - granted))[:60]},
                (token.issued.exchange,),
            )
        yield from _audience(case, carried.credential, token, token.issued)
        return


def _needed_scopes(case: Case) -> set[str]:
    """Return the scopes that the challenge of an insufficient_scope names (RFC 6750 section 3)."""
    for challenge in case.challenges:
        if challenge.param("error") == "insufficient_scope":
            return set((challenge.param("scope") or "").split()[:20])
    return set()


def _audience(
    case: Case, credential: Credential, token: Token, issued: Sighting
) -> Iterator[Finding]:
    """Some issuers give an opaque token where nobody said which API it is for."""
    jwt = credential.jwt
    if token.is_audience_asked or (jwt is not None and jwt.parts != 5):
        return
    if not said(case, Topic.MALFORMED, Topic.AUDIENCE):
        return
    yield Finding(
        "oauth/audience-not-requested",
        Certainty.LIKELY,
        (
            Evidence(credential.where, "JWE" if jwt else "opaque"),
            earlier("token-issued", issued),
        ),
        (CauseFound("no-audience", Certainty.LIKELY),),
        related=(issued.exchange,),
    )


def _introspection(case: Case) -> Iterator[Finding]:
    """RFC 7662: a 401 here is about the API server's own credentials, not about the token."""
    request = case.exchange.request
    asks = "introspect" in request.path.lower()[:200]
    if asks and case.status in (401, 403) and any(name == "token" for name, _ in case.request.form):
        yield Finding(
            "oauth/introspection-unauthorised",
            Certainty.PROVEN,
            (
                Evidence("request.path", request.path[:120]),
                Evidence("response.status", case.status),
            ),
            (CauseFound("caller", Certainty.LIKELY),),
        )


def _state(case: Case, context: Context) -> Iterator[Finding]:
    query = dict(case.query[:60])
    grants = context.history.grants
    if not query.get("code") or not query.get("state"):
        return
    if grants.knows_state(query["state"]):
        return
    yield Finding(
        "oauth/state-or-nonce",
        Certainty.LIKELY,
        (Evidence("request.query.state", "not one that was sent"),),
        (CauseFound("other-state", Certainty.LIKELY),),
    )
