"""The JWT that a refusal is about, and what the known keys show about its signature."""

from __future__ import annotations

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.detectors.refusal import judged_credentials
from why401.jose.verify import Verification, verification
from why401.masking import is_redacted

_UNREADABLE = frozenset(
    {"malformed", "two-segments", "empty-signature", "jwe-not-jws", "nested-or-double-encoded"}
    | {"alg-none", "alg-missing", "alg-case", "es256-der-signature", "too-large"}
)
"""Problems of the token itself, beside which no key says anything."""


def judged_jwt(case: Case) -> Credential | None:
    """Return the JWT that the answer is about: the first that can be read, no DPoP proof."""
    if "jwt.judged" not in case.memo:
        case.memo["jwt.judged"] = _judged_jwt(case)
    found: Credential | None = case.memo["jwt.judged"]
    return found


def _judged_jwt(case: Case) -> Credential | None:
    for credential in judged_credentials(case):
        jwt = credential.jwt
        is_proof = credential.where == "request.header.dpop"
        if jwt and jwt.header and not is_proof and not is_redacted(credential.value):
            return credential
    return None


def is_sent_as_token(credential: Credential) -> bool:
    """Return whether the JWT stands where the server looks for a token: in Authorization, query
    or body. One in a cookie or a header of its own may be anybody's."""
    where = credential.where
    return where.startswith(("request.header.authorization", "request.header.proxy-")) or (
        not where.startswith(("request.header.", "request.cookie."))
    )


def verification_of(case: Case, context: Context, credential: Credential) -> Verification | None:
    """Return what the keys show about the signature of `credential`; None where its bytes are
    no signature, or were cut."""
    if not context.keys.jwt and not context.learnt.jwt.has_observed:
        return None
    jwt = credential.jwt
    if jwt is None or jwt.claims is None or not _UNREADABLE.isdisjoint(jwt.problems):
        return None
    known = case.memo.get("jwt.verification")
    if not isinstance(known, Verification):
        host = case.exchange.request.host
        known = verification(jwt, context.keys.jwt, context.learnt.jwt, host)
        case.memo["jwt.verification"] = known
    return known
