"""What does the server itself say about the JWT that it refused?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.token_kind import token_kind
from why401.detectors.refusal import is_redacted, judged_credentials, words_evidence
from why401.detectors.server_words import Topic, said, texts
from why401.detectors.traits import Trait
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain

REPORTS = (
    "jwt/signature-wrong-key",
    "jwt/alg-mismatch",
    "jwt/kid-unknown",
    "jwt/iss-mismatch",
    "jwt/aud-mismatch",
    "bearer/revoked",
    "bearer/refresh-as-access",
    "bearer/id-token-as-access",
)
NEEDS = frozenset({Trait.REFUSED, Trait.JWT})

# topic, rule, claim or header member shown, cause (words alone never prove which)
_STATED = (
    (Topic.SIGNATURE, "jwt/signature-wrong-key", "alg", "other-key"),
    (Topic.ALGORITHM, "jwt/alg-mismatch", "alg", "not-allowed"),
    (Topic.KEY_ID, "jwt/kid-unknown", "kid", "unknown"),
    (Topic.ISSUER, "jwt/iss-mismatch", "iss", "other-issuer"),
    (Topic.AUDIENCE, "jwt/aud-mismatch", "aud", "other-audience"),
)
_KIND_WORDS = ("refresh token", "wrong type", "only non-refresh", "token type", "access token")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for what the server's words say of a JWT that it took apart; that the token
    is of another kind (ID, refresh) where its claims show it."""
    credential = next(
        (c for c in judged_credentials(case) if c.jwt and c.jwt.claims is not None), None
    )
    if credential is None or credential.jwt is None or is_redacted(credential.value):
        return
    for topic, rule, member, cause in _STATED:
        if said(case, topic):
            yield Finding(
                rule,
                Certainty.PROVEN,
                (
                    Evidence(credential.where, {member: _member(credential, member)}),
                    *words_evidence(case, context.masker, topic),
                ),
                causes=(CauseFound(cause, Certainty.LIKELY),),
                values={member: str(_member(credential, member))[:80]},
            )
    if said(case, Topic.REVOKED):
        yield Finding(
            "bearer/revoked",
            Certainty.LIKELY,
            words_evidence(case, context.masker, Topic.REVOKED),
            causes=(CauseFound("revoked", Certainty.LIKELY),),
        )
    yield from _kind(case, credential)


def _kind(case: Case, credential: Credential) -> Iterator[Finding]:
    if credential.jwt is None or credential.scheme != "bearer":
        return
    kind, signs = token_kind(credential.jwt)
    rules = {"refresh": "bearer/refresh-as-access", "id": "bearer/id-token-as-access"}
    name = credential.where.rpartition(".")[2].lower()
    if kind not in rules or "refresh" in name or "id_token" in name:
        return
    found = said(case, Topic.EXPIRED, Topic.SIGNATURE)
    if found:
        return
    stated = any(word in text.lower() for _, text in texts(case) for word in _KIND_WORDS)
    strong = kind == "refresh" and any("=" in sign for sign in signs)
    certainty = Certainty.LIKELY if stated or strong else Certainty.POSSIBLE
    # Firebase means its ID tokens to be sent to your API.
    if kind == "id" and any(sign.startswith("claims.iss=") for sign in signs):
        return
    yield Finding(
        rules[kind],
        Certainty.PROVEN if strong else Certainty.LIKELY,
        (Evidence(credential.where, {"signs": list(signs)}),),
        causes=(CauseFound("wrong-token", certainty),),
    )


def _member(credential: Credential, name: str) -> Plain:
    jwt = credential.jwt
    source = ((jwt.header if name in ("alg", "kid") else jwt.claims) if jwt else None) or {}
    value = source.get(name)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return [str(each)[:120] for each in value[:10]]
    return str(value)[:120]
