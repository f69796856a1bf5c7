"""Is the Bearer token of the kind that the server expects?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.shape import shape_defects
from why401.credentials.sketch import sketch
from why401.detectors.recomputed import certainty_of_recomputed
from why401.detectors.refusal import (
    certainty_by_words,
    judged_credentials,
    words_evidence,
)
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.later import regex
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "bearer/url-as-token",
    "bearer/charset",
    "bearer/dpop-bound-sent-as-bearer",
    "bearer/mtls-bound",
    "bearer/opaque-where-jwt",
    "bearer/invalid-token-opaque",
)
NEEDS = frozenset({Trait.REFUSED, Trait.BEARER})

_B64TOKEN = regex(r"[A-Za-z0-9\-._~+/]+=*")
_SANCTUM = regex(r"[0-9]{1,12}\|[0-9A-Za-z]{40,64}")
"""Laravel Sanctum's tokens: a number, a bar, the secret. Its guard reads the bar."""
_OF_X = regex(r"A{20}[A-Za-z0-9%]{20,200}")
"""The app-only tokens of X, which hold `%2B` and `%3D` and are sent as they are."""
_URL = regex(r"https?://\S{1,2000}|[\w.+-]{1,64}@[\w-]{1,100}\.[\w.-]{1,100}")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for a token that cannot be what a Bearer challenge asks for (RFC 6750
    section 2.1, RFC 9449 section 7.1, RFC 8705 section 3)."""
    for credential in judged_credentials(case):
        if credential.scheme != "bearer" or is_redacted(credential.value):
            continue
        token = credential.authorization.token if credential.authorization else credential.value
        yield from _alphabet(case, context, credential, token)
        if credential.jwt is not None:
            if "cnf" in (credential.jwt.claims or ()):
                yield from _bound(case, credential)
        elif token:
            yield from _opaque(case, context, credential)
        return


def _seen(credential: Credential, context: Context) -> Evidence:
    raw = credential.authorization.raw if credential.authorization else credential.value
    return Evidence(credential.where, sketch(raw, context.masker))


def _alphabet(
    case: Case, context: Context, credential: Credential, token: str
) -> Iterator[Finding]:
    sent = credential.authorization
    if sent is None or not token or _B64TOKEN.fullmatch(token):
        return
    if _SANCTUM.fullmatch(token) or _OF_X.fullmatch(token):
        return
    if _URL.fullmatch(token):
        yield Finding(
            "bearer/url-as-token",
            Certainty.PROVEN,
            (_seen(credential, context),),
            causes=(CauseFound("wrong-field", Certainty.LIKELY),),
        )
        return
    # Quotes, blanks and the like have rules of their own, which say more.
    if any(True for _ in shape_defects(sent.raw.encode("utf-8", "surrogateescape"))):
        return
    odd = sorted({each for each in token if not _B64TOKEN.fullmatch(each) and each != "="})
    yield Finding(
        "bearer/charset",
        Certainty.PROVEN,
        (
            _seen(credential, context),
            *words_evidence(case, context.masker, Topic.MALFORMED),
        ),
        causes=(CauseFound("character", _certainty_of_character(case, token)),),
        values={"characters": " ".join(odd[:5]) or "="},
    )


def _certainty_of_character(case: Case, token: str) -> Certainty:
    """A server that counts the parts of a token speaks of those, not of its characters."""
    if token.count(".") != 2 and said(case, Topic.NO_JWT):
        return Certainty.LIKELY
    return certainty_by_words(case, Topic.MALFORMED)


def _bound(case: Case, credential: Credential) -> Iterator[Finding]:
    claims = (credential.jwt.claims if credential.jwt else None) or {}
    confirmation = claims.get("cnf")
    if not isinstance(confirmation, dict) or credential.authorization is None:
        return
    if "jkt" in confirmation:
        is_offered = any(challenge.name == "dpop" for challenge in case.challenges)
        sure = certainty_of_recomputed(case, Topic.ABSENT)
        certainty = sure if is_offered else Certainty.LIKELY
        yield Finding(
            "bearer/dpop-bound-sent-as-bearer",
            Certainty.PROVEN,
            (Evidence(credential.where, {"scheme": "Bearer", "cnf": ["jkt"]}),),
            causes=(CauseFound("no-proof", certainty),),
        )
    if "x5t#S256" in confirmation:
        yield Finding(
            "bearer/mtls-bound",
            Certainty.PROVEN,
            (Evidence(credential.where, {"cnf": ["x5t#S256"]}),),
            causes=(CauseFound("no-certificate", Certainty.POSSIBLE),),
        )


def _opaque(case: Case, context: Context, credential: Credential) -> Iterator[Finding]:
    if said(case, Topic.NO_JWT):
        yield Finding(
            "bearer/opaque-where-jwt",
            Certainty.PROVEN,
            (
                _seen(credential, context),
                *words_evidence(case, context.masker, Topic.NO_JWT),
            ),
            causes=(CauseFound("not-a-jwt", Certainty.PROVEN),),
        )
        return
    error = next((c.param("error") for c in case.challenges if c.param("error")), None)
    body = case.response.json
    stated = error or (body.get("error") if isinstance(body, dict) else None)
    if stated != "invalid_token" and not said(case, Topic.EXPIRED, Topic.REVOKED):
        return
    causes = []
    for cause, topic in (("expired", Topic.EXPIRED), ("revoked", Topic.REVOKED)):
        certainty = Certainty.LIKELY if said(case, topic) else Certainty.POSSIBLE
        causes.append(CauseFound(cause, certainty))
    causes.append(CauseFound("other-server", Certainty.POSSIBLE))
    causes.sort(key=lambda each: each.certainty is not Certainty.LIKELY)
    error_place = "response.challenge.error" if error else "response.json.error"
    yield Finding(
        "bearer/invalid-token-opaque",
        Certainty.PROVEN if stated == "invalid_token" else Certainty.LIKELY,
        (
            _seen(credential, context),
            *((Evidence(error_place, "invalid_token"),) if stated == "invalid_token" else ()),
            *words_evidence(case, context.masker, Topic.EXPIRED, Topic.REVOKED),
        ),
        causes=tuple(causes),
    )
