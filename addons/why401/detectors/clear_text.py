"""Did a credential travel where others can read it?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.model import Certainty, Evidence, Finding

REPORTS = ("transport/credentials-over-http",)
NEEDS = frozenset({Trait.REFUSED, Trait.CLEAR_TEXT})

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEMES = frozenset({"basic", "bearer", "api-key", "jwt", "token"})


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield advice for a refused request that sent a reusable credential over plain http to
    another machine."""
    request = case.exchange.request
    host = request.host.lower()
    if request.scheme != "http" or host in _LOCAL:
        return
    if host.endswith((".localhost", ".test", ".local")):
        return
    sent = next((c for c in case.credentials if c.scheme in _SCHEMES and c.value), None)
    if sent is not None:
        yield Finding(
            "transport/credentials-over-http",
            Certainty.PROVEN,
            (Evidence("request.scheme", "http"), Evidence(sent.where, sent.scheme)),
        )
