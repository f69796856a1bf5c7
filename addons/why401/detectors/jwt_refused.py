"""What does the server itself say about the JWT that it refused?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.token_kind import token_kind
from why401.detectors.jwt_claims import audience_shape, plain_issuer
from why401.detectors.recomputed import is_only_credential
from why401.detectors.refusal import judged_credentials, words_evidence
from why401.detectors.server_texts import texts
from why401.detectors.server_words import Topic, said, spoken_of
from why401.detectors.stated_values import Agreement, stated_values
from why401.detectors.topics import WORDS
from why401.detectors.traits import Trait
from why401.knowledge.folding import folded
from why401.later import regex
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain

REPORTS = (
    "jwt/signature-wrong-key",
    "jwt/alg-mismatch",
    "jwt/kid-unknown",
    "jwt/iss-mismatch",
    "jwt/aud-mismatch",
    "jwt/iss-missing",
    "jwt/aud-missing",
    "jwt/iss-trailing-slash",
    "jwt/aud-shape",
    "bearer/revoked",
    "bearer/refresh-as-access",
    "bearer/id-token-as-access",
)
NEEDS = frozenset({Trait.REFUSED, Trait.JWT})

# topic, rule, claim or header member shown, cause (words alone never prove which)
_STATED = (
    # The more specific first: that no key was found is told as a signature that fails, too.
    (Topic.ALGORITHM, "jwt/alg-mismatch", "alg", "not-allowed"),
    (Topic.KEY_ID, "jwt/kid-unknown", "kid", "unknown"),
    (Topic.SIGNATURE, "jwt/signature-wrong-key", "alg", "other-key"),
)
_CLAIMS = (
    (Topic.ISSUER, "iss", "other-issuer"),
    (Topic.AUDIENCE, "aud", "other-audience"),
)
_KIND_WORDS = ("refresh token", "wrong type", "only non-refresh", "token type", "access token")

_OF_TOKEN = regex(r"jwt|jws|jwk|token|bearer|claim|\baud\b|\biss\b|令牌")
_NOT_REFRESH = regex(r"non-refresh|token has wrong type")
"""What Flask-JWT-Extended and simplejwt say of a refresh token in the place of an access token."""


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for what the server's words say of a JWT that it took apart; that the token
    is of another kind (ID, refresh) where its claims show it."""
    credential = next(
        (c for c in judged_credentials(case) if c.jwt and c.jwt.claims is not None), None
    )
    if credential is None or credential.jwt is None or is_redacted(credential.value):
        return
    spoken = spoken_of(case)
    for topic, rule, member, cause in _STATED:
        if topic in spoken:
            yield Finding(
                rule,
                Certainty.PROVEN,
                (
                    Evidence(credential.where, {member: _member(credential, member)}),
                    *words_evidence(case, context.masker, topic),
                ),
                causes=(CauseFound(cause, _certainty(case, topic)),),
                values={member: str(_member(credential, member))[:80]},
            )
    for topic, name, unsaid in _CLAIMS:
        if topic in spoken:
            yield _claim(case, context, credential, topic, name, unsaid)
    if Topic.REVOKED in spoken:
        yield Finding(
            "bearer/revoked",
            Certainty.PROVEN,
            words_evidence(case, context.masker, Topic.REVOKED),
            causes=(CauseFound("revoked", Certainty.LIKELY),),
        )
    yield from _kind(case, credential)


def _certainty(case: Case, topic: Topic) -> Certainty:
    """A 403 may speak of another signature ("Document signature is invalid") than a token's."""
    words = said(case, topic)
    if case.stated_status != 403 or case.challenges or words is None:
        return Certainty.LIKELY
    plain = folded(words[1])
    is_sure = plain.startswith(WORDS[topic]) or _OF_TOKEN.search(plain) is not None
    return Certainty.LIKELY if is_sure else Certainty.POSSIBLE


def _claim(
    case: Case, context: Context, credential: Credential, topic: Topic, name: str, unsaid: str
) -> Finding:
    """Return what the server's words about `aud` or `iss` come to beside the token's own: proven
    where the values that it names agree with the bytes, doubtful where they contradict them."""
    claims = (credential.jwt.claims if credential.jwt else None) or {}
    stated = stated_values(case, name)
    agreement = stated.agreement(claims) if stated else None
    sent, wanted = claims.get(name), stated.expected if stated else ()
    rule, cause, certainty = f"jwt/{name}-mismatch", unsaid, _certainty(case, topic)
    if agreement is Agreement.CONTRADICTS:
        cause, certainty = "words-disagree", Certainty.POSSIBLE
    elif agreement is Agreement.AGREES:
        certainty = Certainty.PROVEN if is_only_credential(case) else Certainty.LIKELY
        if sent is None:
            rule, cause = f"jwt/{name}-missing", "missing"
        elif wanted and (alike := _spelling(name, sent, set(wanted))):
            rule, cause = alike
        elif wanted:
            cause = "server-wants"
    return Finding(
        rule,
        Certainty.LIKELY if agreement is Agreement.CONTRADICTS else Certainty.PROVEN,
        (
            Evidence(credential.where, {name: _member(credential, name)}),
            *words_evidence(case, context.masker, topic),
        ),
        causes=(CauseFound(cause, certainty),),
        values={name: str(_member(credential, name))[:80], "wanted": ", ".join(wanted)[:80]},
    )


def _spelling(name: str, sent: object, wanted: set[str]) -> tuple[str, str] | None:
    """Return the rule and the cause where `sent` is one of `wanted`, written otherwise."""
    for each in sent[:20] if isinstance(sent, list) else [sent]:
        if not isinstance(each, str):
            continue
        if name == "aud" and (shape := audience_shape(each, wanted)):
            return "jwt/aud-shape", shape
        if name == "iss" and any(plain_issuer(each) == plain_issuer(one) for one in wanted):
            return "jwt/iss-trailing-slash", "spelt-otherwise"
    return None


def _kind(case: Case, credential: Credential) -> Iterator[Finding]:
    if credential.jwt is None or credential.scheme != "bearer":
        return
    if said(case, Topic.EXPIRED, Topic.SIGNATURE):
        return
    kind, signs = token_kind(credential.jwt)
    rules = {"refresh": "bearer/refresh-as-access", "id": "bearer/id-token-as-access"}
    name = credential.where.rpartition(".")[2].lower()
    if kind not in rules or "refresh" in name or "id_token" in name:
        return
    stated = any(word in text.lower() for _, text in texts(case) for word in _KIND_WORDS)
    strong = kind == "refresh" and any("=" in sign for sign in signs)
    certainty = Certainty.LIKELY if stated or strong else Certainty.POSSIBLE
    words = next(((w, t) for w, t in texts(case) if _NOT_REFRESH.search(folded(t))), None)
    if kind == "refresh" and strong and words:
        certainty = Certainty.PROVEN
    # Firebase means its ID tokens to be sent to your API.
    if kind == "id" and any(sign.startswith("claims.iss=") for sign in signs):
        return
    yield Finding(
        rules[kind],
        Certainty.PROVEN if strong else Certainty.LIKELY,
        (
            Evidence(credential.where, {"signs": list(signs)}),
            *((Evidence(*words),) if words else ()),
        ),
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
