"""Was a credential sent more than once, or by more than one method?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.sketch import sketch
from why401.detectors.refusal import certainty_by_words, words_evidence
from why401.detectors.server_words import Topic
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("auth/duplicate-header", "auth/multiple-methods")
NEEDS = frozenset({Trait.REFUSED, Trait.AUTHORIZATION})

_JOINED = regex(
    rb"[ \t]*(?:bearer|basic|token)[ \t]+[A-Za-z0-9\-._~+/=]{1,40000}[ \t]*,[ \t]*"
    rb"(?:bearer|basic|token)[ \t]+[A-Za-z0-9]",
    re.I,
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for two Authorization fields (RFC 9110 section 11.6.2 allows one), and one
    for a token that is sent in two places at once (RFC 6750 section 2)."""
    name = "proxy-authorization" if case.status == 407 else "authorization"
    values = case.request.headers.values(name)
    is_joined = bool(values) and b"," in values[0] and _JOINED.match(values[0][:65536])
    if len(values) > 1 or is_joined:
        seen = tuple(
            Evidence(
                f"request.header.{name}" + (f"[{number}]" if number else ""),
                sketch(value, context.masker),
            )
            for number, value in enumerate(values[:4])
        )
        yield Finding(
            "auth/duplicate-header",
            Certainty.PROVEN,
            seen + words_evidence(case, context.masker, Topic.REPEATED),
            causes=(CauseFound("set-twice", certainty_by_words(case, Topic.REPEATED)),),
            values={"count": max(len(values), 2)},
        )
    if len(case.credentials) < 2:
        return
    in_header = [c for c in case.credentials if c.where.startswith("request.header.authorization")]
    elsewhere = [c for c in case.credentials if _is_bearer_elsewhere(c) or _is_presigned(c)]
    if not in_header or not elsewhere:
        return
    if in_header[0].scheme != "bearer" and not _is_presigned(elsewhere[0]):
        return
    differ = _token(in_header[0]) != elsewhere[0].value
    is_stated = case.status == 400 and any(
        challenge.param("error") == "invalid_request" for challenge in case.challenges
    )
    certainty = certainty_by_words(case, Topic.REPEATED)
    if not differ and certainty is not Certainty.PROVEN and not is_stated:
        return
    if certainty is not Certainty.PROVEN and not is_stated:
        certainty = Certainty.POSSIBLE
    yield Finding(
        "auth/multiple-methods",
        Certainty.PROVEN,
        tuple(
            Evidence(each.where, sketch(_raw(each), context.masker))
            for each in (in_header[0], elsewhere[0])
        )
        + words_evidence(case, context.masker, Topic.REPEATED),
        causes=(CauseFound("two-places", certainty),),
    )


def _is_bearer_elsewhere(credential: Credential) -> bool:
    place, _, name = credential.where.rpartition(".")
    return place in ("request.query", "request.form") and name.lower() == "access_token"


def _is_presigned(credential: Credential) -> bool:
    """Whether a pre-signed URL carries this, which S3 takes with no other method beside it."""
    return credential.scheme == "aws-sigv4" and credential.where.startswith("request.query.")


def _token(credential: Credential) -> str:
    return credential.authorization.token if credential.authorization else credential.value


def _raw(credential: Credential) -> str:
    return credential.authorization.raw if credential.authorization else credential.value
