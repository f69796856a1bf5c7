"""Does a Digest Authorization agree with the challenges and uses of its nonce that went before?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.digest import Digest
from why401.detectors.digest_claim import is_stale, sent_digest
from why401.detectors.traits import Trait
from why401.history.digest_nonces import Nonce
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain

REPORTS = ("digest/nonce-reused", "digest/nonce-mismatch", "digest/opaque-mismatch")
NEEDS = frozenset({Trait.REFUSED, Trait.DIGEST})

MAX_SHOWN = 40


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what the nonces seen before show about refused Digest credentials (RFC 7616 section
    3.4: nc counts up for each use of a nonce, opaque comes back unchanged)."""
    if is_stale(case):
        return
    found = sent_digest(case)
    if found is None or found[1].param("nonce") is None:
        return
    credential, digest = found
    host = case.exchange.request.host
    known = context.learnt.digests.nonce(host, digest.param("nonce"))
    where = credential.where
    if known is not None:
        yield from _reused(digest, known, where)
        yield from _opaque(digest, known, where)
        return
    offered = [each for each in context.learnt.digests.of(host) if _is_same_realm(each, digest)]
    if offered:
        yield _finding(
            "digest/nonce-mismatch",
            "never-offered",
            Certainty.LIKELY,
            (
                Evidence(where, {"nonce": (digest.param("nonce") or "")[:MAX_SHOWN]}),
                _history(offered[-1]),
            ),
            (offered[-1].exchange,),
        )
    elif _lacks_opaque(case, digest):
        yield _finding(
            "digest/opaque-mismatch",
            "left-out",
            Certainty.LIKELY,
            (Evidence(where, {"opaque": digest.param("opaque")}),),
            (),
        )


def _is_same_realm(nonce: Nonce, digest: Digest) -> bool:
    return nonce.realm is None or nonce.realm == digest.param("realm")


def _reused(digest: Digest, known: Nonce, where: str) -> Iterator[Finding]:
    nc = digest.param("nc") or ""
    try:
        count = int(nc, 16) if 0 < len(nc) <= 8 else None
    except ValueError:
        count = None
    if count is None or not known.counts:
        return
    highest = max(known.counts)
    if count > highest:
        return
    is_same = count in known.counts
    exchange = known.counts[count if is_same else highest]
    yield _finding(
        "digest/nonce-reused",
        "same-count" if is_same else "not-rising",
        # Requests that overtake each other are in no order either.
        Certainty.LIKELY if is_same else Certainty.POSSIBLE,
        (
            Evidence(where, {"nc": nc}),
            Evidence("history.nonce-used", {"exchange": exchange, "nc": f"{highest:08x}"}),
        ),
        (exchange,),
        nc=nc,
    )


def _opaque(digest: Digest, known: Nonce, where: str) -> Iterator[Finding]:
    sent = digest.param("opaque")
    if known.opaque is None or sent == known.opaque:
        return
    yield _finding(
        "digest/opaque-mismatch",
        "left-out" if sent is None else "changed",
        Certainty.LIKELY,
        (
            Evidence(where, {"opaque": None if sent is None else sent[:MAX_SHOWN]}),
            _history(known),
        ),
        (known.exchange,),
    )


def _lacks_opaque(case: Case, digest: Digest) -> bool:
    if digest.param("opaque") is not None:
        return False
    offered = [each for each in case.challenges if each.name == "digest"]
    return bool(offered) and all(each.param("opaque") is not None for each in offered)


def _history(nonce: Nonce) -> Evidence:
    seen: dict[str, Plain] = {"exchange": nonce.exchange, "nonce": nonce.text[:MAX_SHOWN]}
    if nonce.opaque is not None:
        seen["opaque"] = nonce.opaque[:MAX_SHOWN]
    return Evidence("history.challenge", seen)


def _finding(
    rule: str,
    cause: str,
    certainty: Certainty,
    evidence: tuple[Evidence, ...],
    related: tuple[str, ...],
    **values: str,
) -> Finding:
    return Finding(
        rule,
        Certainty.PROVEN,
        evidence,
        causes=(CauseFound(cause, certainty),),
        values=values,
        related=related,
    )
