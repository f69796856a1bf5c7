"""Was the refused token made of one that history knows: another kind, cut, edited, or outlived?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.detectors.earlier import earlier, judged
from why401.detectors.recomputed import is_signature_accepted
from why401.detectors.refusal import (
    certainty_by_words,
    judged_credentials,
    words_evidence,
)
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.carried import token_text
from why401.history.issued import sent_refresh_token
from why401.history.shapes import Change, Likeness
from why401.history.sighting import placeholder
from why401.history.tokens import Token
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "bearer/refresh-as-access",
    "bearer/id-token-as-access",
    "bearer/access-as-refresh",
    "auth/truncated",
    "jwt/payload-altered",
    "bearer/token-of-other-user-session",
)
NEEDS = (
    frozenset({Trait.REFUSED, Trait.CREDENTIALS}),
    frozenset({Trait.REFUSED, Trait.GRANT}),
)

_TOPICS = (Topic.MALFORMED, Topic.SIGNATURE, Topic.NO_JWT)
_SESSION_PATHS = ("token", "auth", "renew", "session", "login", "logout", "revo", "introspect")
_RANDOMISED = ("ES", "PS")
"""Algorithms that sign the same text otherwise each time."""
_READ = (Topic.EXPIRED, Topic.AUDIENCE, Topic.ISSUER, Topic.SCOPE)
"""What a server says of a token whose signature it found to be right."""


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what the tokens handed out and accepted before tell about the one that is refused. All
    of it is equality: of tokens, of their parts, of their beginnings."""
    refresh = sent_refresh_token(case)
    if refresh is not None and not is_redacted(refresh):
        yield from _exchanged(case, context, refresh)
        return
    for carried in judged(case, context):
        credential = carried.credential
        if credential.scheme not in ("bearer", "dpop"):
            continue
        record = context.history.tokens.record(carried.fingerprint)
        if record is not None and record.issued is not None:
            yield from _other_kind(case, context, credential, record)
            yield from _other_session(case, context, credential, record)
        elif record is None and context.history.tokens.success(carried.fingerprint) is None:
            yield from _made_of(case, context, credential)
        return


def _exchanged(case: Case, context: Context, refresh: str) -> Iterator[Finding]:
    """A token request whose refresh token is an access token that was handed out."""
    fingerprint = context.history.fingerprints.of(refresh)
    record = context.history.tokens.record(fingerprint)
    if record is None or record.issued is None or record.kind != "access":
        return
    if not context.history.tokens.is_refresh_issued_in(record.issued.exchange):
        # There are servers that renew an access token against itself.
        return
    yield Finding(
        "bearer/access-as-refresh",
        Certainty.PROVEN,
        (
            Evidence("request.refresh-token", placeholder("token", fingerprint)),
            earlier("token-issued", record.issued),
            *words_evidence(case, context.masker, *_TOPICS),
        ),
        causes=(CauseFound("wrong-token", Certainty.PROVEN),),
        related=(record.issued.exchange,),
    )


def _other_kind(
    case: Case, context: Context, credential: Credential, record: Token
) -> Iterator[Finding]:
    """The token was handed out as `refresh_token` or `id_token`, and is sent to an API."""
    rule = {"refresh": "bearer/refresh-as-access", "id": "bearer/id-token-as-access"}.get(
        record.kind
    )
    name = credential.where.rpartition(".")[2].lower()
    if rule is None or record.issued is None or "refresh" in name or "id_token" in name:
        return
    path = case.exchange.request.path.lower()[:200]
    if any(word in path for word in _SESSION_PATHS):
        # Where sessions are renewed or ended, a refresh token is what belongs.
        return
    if context.history.tokens.success(record.fingerprint) is not None:
        return
    # Some APIs do take ID tokens; none takes a refresh token.
    certainty = Certainty.PROVEN if record.kind == "refresh" else Certainty.LIKELY
    if said(case, Topic.EXPIRED):
        certainty = Certainty.POSSIBLE
    yield Finding(
        rule,
        Certainty.PROVEN,
        (
            Evidence(credential.where, placeholder("token", record.fingerprint)),
            earlier("token-issued", record.issued),
        ),
        causes=(CauseFound("wrong-token", certainty),),
        related=(record.issued.exchange,),
    )


def _other_session(
    case: Case, context: Context, credential: Credential, record: Token
) -> Iterator[Finding]:
    """This client has logged in again since, in a session of its own."""
    newest = context.history.tokens.given_to(context.history.seen(case).client)
    issued = record.issued
    if newest is None or newest.issued is None or issued is None or record.kind != "access":
        return
    is_other = newest.chain != record.chain and newest.fingerprint != record.fingerprint
    is_login = record.chain is not None and record.chain[0] == "session"
    same_host = newest.issued.host == issued.host
    if not (is_other and is_login and same_host and record.superseded is None):
        return
    if (newest.issued.at_s or 0.0) <= (issued.at_s or 0.0):
        return
    stated = said(case, Topic.REVOKED, Topic.EXPIRED) is not None
    yield Finding(
        "bearer/token-of-other-user-session",
        Certainty.PROVEN,
        (
            Evidence(credential.where, placeholder("token", record.fingerprint)),
            earlier("token-issued", issued),
            earlier("newer-login", newest.issued),
            *words_evidence(case, context.masker, Topic.REVOKED, Topic.EXPIRED),
        ),
        causes=(CauseFound("older-login", Certainty.LIKELY if stated else Certainty.POSSIBLE),),
        values={"exchange": newest.issued.exchange},
        related=(issued.exchange, newest.issued.exchange),
    )


def _made_of(case: Case, context: Context, credential: Credential) -> Iterator[Finding]:
    """The token is unknown, but another one that was handed out or accepted is nearly the same."""
    text = token_text(credential)
    if is_redacted(text) or credential not in judged_credentials(case):
        return
    like = context.history.shapes.likeness(text)
    if like is None or is_signature_accepted(case):
        return
    origin = Evidence(
        "history.token-issued" if like.is_issued else "history.token-worked",
        {"exchange": like.exchange, "length": like.length},
    )
    if like.change is Change.CUT:
        yield _cut(case, context, credential, like, origin)
    elif like.change is Change.SIGNATURE and _is_randomised(credential):
        return
    elif credential.jwt is not None:
        certainty = Certainty.LIKELY if said(case, *_READ) else _surely(case, credential)
        yield Finding(
            "jwt/payload-altered",
            Certainty.PROVEN,
            (
                Evidence(credential.where, {"changed": like.change.value}),
                origin,
                *words_evidence(case, context.masker, *_TOPICS),
            ),
            causes=(CauseFound(f"{like.change.value}-changed", certainty),),
            values={"exchange": like.exchange},
            related=(like.exchange,),
        )


def _is_randomised(credential: Credential) -> bool:
    """Whether the same text signed again has another signature, as good as the first: two logins
    within a second, say (RFC 8017 section 8.1, FIPS 186-5 section 6.4)."""
    header = (credential.jwt.header if credential.jwt else None) or {}
    return str(header.get("alg")).startswith(_RANDOMISED)


def _cut(
    case: Case, context: Context, credential: Credential, like: Likeness, origin: Evidence
) -> Finding:
    length = len(token_text(credential))
    is_jwt = credential.jwt is not None
    return Finding(
        "auth/truncated",
        Certainty.PROVEN if is_jwt else Certainty.LIKELY,
        (
            Evidence(credential.where, {"length": length, "same": like.common}),
            origin,
            *words_evidence(case, context.masker, *_TOPICS),
        ),
        causes=(CauseFound("cut", _surely(case, credential) if is_jwt else Certainty.LIKELY),),
        values={"length": length, "missing": like.length - length},
        related=(like.exchange,),
    )


def _surely(case: Case, credential: Credential) -> Certainty:
    """A signature over another text is refused by whoever checks it; whether that is all this
    server minds is certain where only this token was sent, or its words agree."""
    only = sum(each.scheme != "cookie" for each in case.credentials) == 1
    if only and case.status == 401 and credential.where == "request.header.authorization":
        return Certainty.PROVEN
    return certainty_by_words(case, *_TOPICS)
