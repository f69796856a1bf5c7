"""Is the challenge itself written as RFC 9110 section 11.6.1 wants it? Advice to the server."""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.model import Certainty, Evidence, Finding

REPORTS = ("server/challenge-malformed", "server/realm-empty")
NEEDS = frozenset({Trait.CHALLENGE, Trait.OTHER_SERVER})

_WITH_REALM = frozenset({"basic", "digest"})


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield a finding for challenges that only a lenient client can read, and one for Basic and
    Digest challenges without a realm (RFC 7617 section 2 requires it)."""
    if case.status not in (400, 401, 403, 407):
        return
    if not any(each.flaws or each.name in _WITH_REALM for each in case.challenges):
        return
    flaws = dict.fromkeys(flaw for challenge in case.challenges for flaw in challenge.flaws)
    if flaws:
        where = next(challenge.where for challenge in case.challenges if challenge.flaws)
        yield Finding(
            "server/challenge-malformed",
            Certainty.PROVEN,
            (Evidence(where, list(flaws)),),
            values={"flaws": ", ".join(flaws)[:80]},
        )
    for challenge in case.challenges:
        if challenge.name in _WITH_REALM and not (challenge.param("realm") or "").strip():
            yield Finding(
                "server/realm-empty",
                Certainty.PROVEN,
                (Evidence(challenge.where, challenge.scheme),),
                values={"scheme": challenge.scheme},
            )
            return
