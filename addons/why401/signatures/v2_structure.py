"""What a refused v2 request shows without any key: a sign used before, text lost before sending."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from why401.case import Case
from why401.context import Context
from why401.model import Evidence, Finding
from why401.signatures.examination import proven
from why401.signatures.lost_text import TEXT_FIELDS, lost
from why401.signatures.wechatpay_v2 import Claim


def structural(case: Case, claim: Claim, context: Context) -> Iterator[Finding]:
    """Yield reuse of an earlier sign, and text that was lost before it was sent."""
    seen = context.learnt.signatures.get(claim.sent.text)
    if seen is not None and seen.exchange != case.exchange.id:
        evidence = (Evidence("history.signature", seen.where),)
        related = (seen.exchange,)
        if seen.scheme == "v2-response":
            rules = ["wechatpay/v2-signed-response-fields"]
            yield from proven(rules, evidence, related=related)
        elif seen.scheme == "v2" and seen.what != fields_hash(claim.said.fields):
            yield from proven(["wechatpay/v2-stale-sign"], evidence, related=related)
    for name, value in claim.said.fields:
        certainty = lost(value[:4_096]) if name in TEXT_FIELDS else None
        if certainty is not None:
            place = Evidence(f"request.xml.{name}", value[:80])
            yield Finding("wechatpay/v2-wire-lossy", certainty, (place,))


def fields_hash(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return a hash by which the fields of two messages are compared."""
    return hashlib.sha256(repr(sorted(fields)).encode("utf-8", "replace")).digest()
