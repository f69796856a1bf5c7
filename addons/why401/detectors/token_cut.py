"""Was the token cut on its way from the issuer to the request?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.jwt import SIGNATURE_BYTES, decode_jwt
from why401.credentials.remembered import remembered
from why401.detectors.refusal import (
    certainty_of_fatal,
    judged_credentials,
    words_evidence,
)
from why401.detectors.server_words import Topic
from why401.detectors.traits import Trait
from why401.later import regex
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = ("auth/truncated",)
NEEDS = frozenset({Trait.REFUSED, Trait.JWT})

LIMITS = frozenset({255, 256, 512, 1000, 1024, 2000, 2048, 4000, 4096})
"""Lengths at which columns, cookies and environment variables cut."""

_ALPHABET = regex(r"[A-Za-z0-9_-]+")
_SIZES = {size for sizes in SIGNATURE_BYTES.values() for size in sizes}
_TOPICS = (Topic.MALFORMED, Topic.SIGNATURE)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding for a JWT whose signature is shorter than its algorithm makes it (RFC 7518
    section 3), or that ends at a length where storage cuts."""
    for credential in judged_credentials(case):
        jwt = credential.jwt
        if jwt is None:
            continue
        token = credential.authorization.token if credential.authorization else credential.value
        missing = _missing_bytes(token)
        at_limit = len(token) in LIMITS and (
            jwt.parts < 3 or {"malformed", "non-canonical-base64"} & set(jwt.problems)
        )
        if (missing is None and not at_limit) or is_redacted(credential.value):
            continue
        fatal = missing is not None
        yield Finding(
            "auth/truncated",
            Certainty.PROVEN if fatal else Certainty.LIKELY,
            (
                Evidence(
                    credential.where,
                    {
                        "length": len(token),
                        "parts": jwt.parts,
                        "signature_bytes": len(jwt.signature or b""),
                        "alg": (jwt.alg or "?")[:20],
                    },
                ),
                *words_evidence(case, context.masker, *_TOPICS),
            ),
            causes=(
                CauseFound(
                    "cut",
                    certainty_of_fatal(case, *_TOPICS)
                    if fatal and _has_lost_a_letter(token)
                    # A whole signature of another length is as refused, and was never cut.
                    else Certainty.LIKELY,
                ),
            ),
            values={"length": len(token), "missing": missing or 0},
        )
        return


def _has_lost_a_letter(token: str) -> bool:
    """Return whether the last part has a length that no encoder writes: one letter over a group
    of four codes no byte (RFC 4648 section 5)."""
    return len(token.rpartition(".")[2].rstrip("=")) % 4 == 1


@remembered
def _missing_bytes(token: str) -> int | None:
    """Return how many bytes the signature lacks; None where it is whole, absent, or as long as
    that of another algorithm, which tells of a wrong `alg` instead."""
    jwt = decode_jwt(token)
    if jwt.claims is None or jwt.alg is None or jwt.parts != 3:
        return None
    last = token.rpartition(".")[2].rstrip("=")
    if not last or not _ALPHABET.fullmatch(last) or "es256-der-signature" in jwt.problems:
        return None
    have = len(last) * 3 // 4
    if not _has_lost_a_letter(token) and have in _SIZES:
        return None
    sizes = SIGNATURE_BYTES.get(jwt.alg)
    if sizes and have < sizes[0]:
        return sizes[0] - have
    return 256 - have if jwt.alg[:2] in ("RS", "PS") and have < 128 else None
