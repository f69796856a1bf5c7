"""Is the token a JWT that any server could read, by its bytes alone?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.sketch import sketch
from why401.detectors.refusal import (
    certainty_by_words,
    certainty_of_fatal,
    judged_credentials,
    words_evidence,
)
from why401.detectors.server_words import Topic
from why401.detectors.traits import Trait
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain

_FATAL = frozenset({"malformed", "two-segments", "empty-signature"})
"""No server can verify a signature that is not there."""

_SHAPE = (Topic.MALFORMED,)
_TOPICS: dict[str, tuple[Topic, ...]] = {
    "malformed": _SHAPE,
    "two-segments": _SHAPE,
    "empty-signature": (Topic.MALFORMED, Topic.SIGNATURE, Topic.ALGORITHM),
    "nested-or-double-encoded": _SHAPE,
    "jwe-not-jws": (Topic.NO_JWT,),
    "padding": _SHAPE,
    "standard-base64": _SHAPE,
    "non-canonical-base64": (Topic.MALFORMED, Topic.SIGNATURE),
    "es256-der-signature": (Topic.SIGNATURE,),
    "signature-length": (Topic.SIGNATURE, Topic.ALGORITHM),
    "alg-none": (Topic.ALGORITHM, Topic.SIGNATURE),
    "alg-case": (Topic.ALGORITHM,),
    "kid-type": (Topic.CLAIM, Topic.KEY_ID),
    "crit-unsupported": (Topic.CLAIM,),
    "claim-type": (Topic.CLAIM,),
    "time-is-string": (Topic.TIME_TYPE,),
    "time-in-milliseconds": (Topic.NOT_YET_VALID, Topic.TIME_TYPE),
    "time-in-micro-or-nano": (Topic.NOT_YET_VALID, Topic.TIME_TYPE),
    "exp-zero-lifetime": (Topic.EXPIRED,),
    "header-tampered": (Topic.KEY_ID, Topic.SIGNATURE),
}
REPORTS = (*(f"jwt/{problem}" for problem in _TOPICS), "jwt/too-large")
NEEDS = frozenset({Trait.REFUSED, Trait.SENT})

# Tolerated by some libraries, or harmless to most: only the server's words make them likely.
_TOLERATED = frozenset({"padding", "crit-unsupported", "claim-type", "kid-type", "header-tampered"})
_HEADER_PROBLEMS = frozenset({"alg-none", "alg-case", "kid-type", "crit-unsupported"})
_LARGE_HEADER = 8190
_LARGE_COOKIE = 4096


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for each defect that the bytes of a refused JWT show."""
    yield from _too_large(case)
    for credential in judged_credentials(case):
        jwt = credential.jwt
        if jwt is None or is_redacted(credential.value):
            continue
        problems = [
            "malformed" if p in ("too-deep", "bad-number", "alg-missing") else p
            for p in jwt.problems
        ]
        for problem in dict.fromkeys(problems):
            if problem == "jwe-not-jws" and _is_the_servers_own(credential):
                continue
            if problem in _TOPICS:
                yield Finding(
                    f"jwt/{problem}",
                    Certainty.PROVEN,
                    (
                        Evidence(credential.where, _seen(credential, problem, context)),
                        *words_evidence(case, context.masker, *_TOPICS[problem]),
                    ),
                    causes=_causes(case, credential, problem),
                    values=_values(credential),
                )
        return


def _is_the_servers_own(credential: Credential) -> bool:
    """Whether only who made it is to read it: sessions (Auth.js) and refresh tokens (Cognito) are
    encrypted on purpose."""
    return credential.scheme == "cookie" or "refresh" in credential.where.lower()


def _causes(case: Case, credential: Credential, problem: str) -> tuple[CauseFound, ...]:
    topics = _TOPICS[problem]
    certainty = certainty_by_words(case, *topics)
    read_elsewhere = {"too-deep", "bad-number"} & set(
        credential.jwt.problems if credential.jwt else ()
    )
    # Limits of ours that another decoder may not have prove nothing.
    if problem in _FATAL and not read_elsewhere:
        certainty = certainty_of_fatal(case, *topics)
    elif problem in _TOLERATED and certainty is not Certainty.PROVEN:
        certainty = Certainty.POSSIBLE
    elif problem == "time-in-milliseconds" and _only_exp_in_milliseconds(credential):
        # An expiry in the year 58000 is accepted nearly everywhere.
        certainty = Certainty.POSSIBLE
    return (CauseFound(_CAUSES.get(problem, problem), certainty),)


_CAUSES = {
    "malformed": "not-a-jwt",
    "two-segments": "no-signature",
    "empty-signature": "not-signed",
    "jwe-not-jws": "encrypted",
    "non-canonical-base64": "edited",
    "signature-length": "other-algorithm",
    "es256-der-signature": "der",
    "alg-none": "not-signed",
    "header-tampered": "foreign-key",
}


def _seen(credential: Credential, problem: str, context: Context) -> Plain:
    """Return what shows the problem: values of the header or the times, else the measures."""
    jwt = credential.jwt
    if jwt is None:
        return None
    if problem in _HEADER_PROBLEMS and jwt.header is not None:
        names = {"alg-none": "alg", "alg-case": "alg", "kid-type": "kid"}
        name = names.get(problem, "crit")
        return {name: _short(jwt.header.get(name))}
    if problem.startswith(("time-", "exp-")) and jwt.claims is not None:
        return {
            name: _short(jwt.claims[name])
            for name in ("iat", "nbf", "exp", "auth_time")
            if name in jwt.claims
        }
    if problem == "claim-type" and jwt.claims is not None:
        return {
            name: type(jwt.claims[name]).__name__
            for name in ("iss", "sub", "aud", "jti", "exp", "nbf", "iat", "scope")
            if name in jwt.claims
        }
    if problem == "header-tampered" and jwt.header is not None:
        return [name for name in ("jku", "x5u", "jwk") if name in jwt.header]
    if problem in ("signature-length", "es256-der-signature"):
        return {"alg": (jwt.alg or "?")[:20], "signature_bytes": len(jwt.signature or b"")}
    token = credential.authorization.token if credential.authorization else credential.value
    raw = credential.authorization.raw if credential.authorization else credential.value
    return {"sent": sketch(raw, context.masker), "parts": jwt.parts, "length": len(token)}


def _short(value: object) -> Plain:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:80]


def _values(credential: Credential) -> dict[str, str | int | float]:
    jwt = credential.jwt
    if jwt is None:
        return {}
    return {
        "parts": jwt.parts,
        "alg": (jwt.alg or "?")[:20],
        "bytes": len(jwt.signature or b""),
        "length": len(credential.value),
    }


def _only_exp_in_milliseconds(credential: Credential) -> bool:
    claims = (credential.jwt.claims if credential.jwt else None) or {}
    return not any(
        isinstance(claims.get(name), int | float) and claims[name] > 1e12 for name in ("iat", "nbf")
    )


def _too_large(case: Case) -> Iterator[Finding]:
    """A token beyond what servers take as one header field: 8190 bytes in Apache, 8 KiB in nginx,
    4096 in a cookie. Only the statuses that speak of size make it a cause."""
    for credential in case.credentials:
        limit = _LARGE_COOKIE if credential.scheme == "cookie" else _LARGE_HEADER
        is_header = credential.where.startswith(("request.header.", "request.cookie."))
        if not is_header or len(credential.value) <= limit:
            continue
        is_stated = case.status == 431 or "too large" in case.response.text[:4096].lower()
        certainty = Certainty.PROVEN if is_stated else Certainty.POSSIBLE
        yield Finding(
            "jwt/too-large",
            Certainty.PROVEN,
            (Evidence(credential.where, {"length": len(credential.value)}),),
            causes=(CauseFound("too-large", certainty),),
            values={"length": len(credential.value), "limit": limit},
        )
        return
