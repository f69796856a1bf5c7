"""What detectors that recompute share: how sure a failed check is the cause, and the record of it.

A configured key proves that something does not fit. That this is why the server refused is proven
only if the server says nothing else, the status speaks of credentials, and nothing but this
credential could have been refused.
"""

from __future__ import annotations

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.detectors.server_words import Topic, said
from why401.model import Certainty, SignatureCheck

_MEMO = "signature-checks"
_AFTER_SIGNATURE = (
    Topic.EXPIRED,
    Topic.NOT_YET_VALID,
    Topic.NO_EXPIRY,
    Topic.AUDIENCE,
    Topic.ISSUER,
    Topic.REVOKED,
    Topic.SCOPE,
)
"""What servers look at once the signature is right."""


def record(case: Case, check: SignatureCheck) -> None:
    """Keep `check` for the diagnosis of `case`."""
    case.memo[_MEMO] = (*recorded(case), check)


def recorded(case: Case) -> tuple[SignatureCheck, ...]:
    """Return the checks that detectors made of `case`, in order."""
    found = case.memo.get(_MEMO)
    return found if isinstance(found, tuple) else ()


def is_signature_accepted(case: Case) -> bool:
    """Return whether the server's words are about what comes after the signature."""
    return said(case, Topic.SIGNATURE) is None and said(case, *_AFTER_SIGNATURE) is not None


def was_accepted(case: Case, context: Context, credential: Credential) -> bool:
    """Return whether this host took this very credential before: then nothing about its bytes
    can be why it is refused now."""
    for carried in context.history.carried(case):
        if carried.credential is credential:
            success = context.history.tokens.success(carried.fingerprint)
            return success is not None and success.host == case.exchange.request.host
    return False


def certainty_of_recomputed(case: Case, *topics: Topic, is_bound: bool = True) -> Certainty:
    """Return how sure a recomputed mismatch is the cause. `is_bound`: the configuration names
    this host or issuer; `topics` are the words that agree with it."""
    if topics and said(case, *topics):
        return Certainty.PROVEN
    if not is_bound or case.status not in (401, 407) or not is_only_credential(case):
        return Certainty.LIKELY
    return Certainty.LIKELY if _says_otherwise(case, topics) else Certainty.PROVEN


def is_only_credential(case: Case) -> bool:
    """Return whether nothing but one credential, cookies and a DPoP proof aside, could have been
    refused."""
    counted = [
        each
        for each in case.credentials
        if each.scheme != "cookie" and not each.where.startswith("request.header.dpop")
    ]
    return len(counted) <= 1


def _says_otherwise(case: Case, topics: tuple[Topic, ...]) -> bool:
    """Whether the server names another reason."""
    others = (topic for topic in (*_AFTER_SIGNATURE, Topic.MISSING) if topic not in topics)
    return said(case, *others) is not None
