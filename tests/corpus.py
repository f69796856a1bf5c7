"""Exchanges as raw bytes, the odd included: what a proxy must pass on exactly as it would without
us.

Deterministic: the same list at every call. Each request names itself in an `X-Case` field, and
goes to a proxy in absolute form. What mitmproxy itself rejects or mends is welcome: it must do so
in the same way with the addon and without.
"""

from __future__ import annotations

from tests import corpus_bodies, corpus_credentials, corpus_messages
from tests.raw_exchange import RawExchange


def exchanges() -> tuple[RawExchange, ...]:
    """Return the corpus. Names are unique."""
    parts = (*corpus_messages.PARTS, *corpus_credentials.PARTS, *corpus_bodies.PARTS)
    return tuple(exchange for part in parts for exchange in part())
