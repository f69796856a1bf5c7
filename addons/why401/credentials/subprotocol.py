"""Tokens among the sub-protocols of a WebSocket: the one header field that a page may choose.

A browser's WebSocket sends no header of the page's own but `Sec-WebSocket-Protocol`, so a token
goes there, after a name that announces it (`bearer, TOKEN`) or behind one (`token.TOKEN`). Source:
RFC 6455 section 11.3.4; kubernetes.io, "base64url.bearer.authorization.k8s.io".
"""

from __future__ import annotations

from collections.abc import Iterator

from why401.credentials.jwt import is_probably_jwt
from why401.later import regex

MIN_CHARS = 6
MAX_CHARS = 16 * 1024
MAX_PROTOCOLS = 20
_ANNOUNCES = regex(
    r"(?i)bearer|authorization|auth|jwt|ticket|api[_-]?key|(?:access|auth|id)?[_-]?token"
)
_BEHIND = regex(
    r"(?i)[\w.-]{0,60}?(?:bearer|authorization|jwt|ticket|api[_-]?key|token)[.:=|_-]([^,\s]{8,})"
)
_VERSIONED = regex(r"(?i)(?:[a-z]+[._-]){1,8}v[0-9]{1,2}(?:\.[0-9]{1,3})?")
"""The rest of a name that speaks of tokens itself: `token-auth-protocol-v1`."""
_OPAQUE = regex(r"[\w~.+/=-]{24,}")
_DIGITS = frozenset("0123456789")
_MIN_DIGITS = 4
"""The names of sub-protocols are words, with a version at most."""


def subprotocol_tokens(value: str) -> Iterator[str]:
    """Yield every credential in the value of a `Sec-WebSocket-Protocol`, as it stands there."""
    is_announced = False
    for protocol in value[:MAX_CHARS].split(",", MAX_PROTOCOLS)[:MAX_PROTOCOLS]:
        name = protocol.strip()
        if _ANNOUNCES.fullmatch(name):
            is_announced = True
            continue
        if is_probably_jwt(name) or (is_announced and len(name) >= MIN_CHARS):
            yield name
        elif (behind := _BEHIND.fullmatch(name)) and not _VERSIONED.fullmatch(behind[1]):
            yield behind[1]
        elif _OPAQUE.fullmatch(name) and sum(map(_DIGITS.__contains__, name)) >= _MIN_DIGITS:
            yield name
        is_announced = False
