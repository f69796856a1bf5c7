"""A JWT that may be shown: header and registered claims as they were, all else replaced."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from why401.credentials.jwt import decode_jwt, is_probably_jwt
from why401.later import regex
from why401.masking import PLACEHOLDER

TOKEN = regex(
    r"(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{4,}+"
    rf"(?:\.(?:{PLACEHOLDER.pattern}|[A-Za-z0-9_-]*+)){{2,20}}+"
)
"""A JWT, a JWE, or what `redacted_jwt` made of one."""

_WORD = regex(r"\w")

CLAIMS = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "auth_time", "acr", "amr", "scope"}
    | {"scp", "client_id", "cnf", "events", "roles", "groups", "entitlements", "ver", "typ"}
)
"""Claims that say for whom, for what and how long a token is good (RFC 7519, 9068, OIDC)."""

_MAX_DEPTH = 32

type Mask = Callable[[str, str], str]
"""Takes a kind and a secret, gives what stands for it."""


def redacted_jwt(text: str, mask: Mask, replaced: Callable[[str], str]) -> str:
    """Return `text` with its signature and every private claim masked.

    `replaced` is applied to what stays. It still looks like a JWT, and is its own redaction.
    """
    segments = text.split(".")
    if len(segments) != 3 or not is_probably_jwt(text):
        return _opaque(segments, text, mask)
    # A placeholder is no base64: the other two segments are decoded without it.
    parsed = decode_jwt(".".join((segments[0], segments[1], "")))
    if parsed.header is None or parsed.claims is None:
        return _opaque(segments, text, mask)
    header = _segment(segments[0], parsed.header, dict(parsed.header), replaced)
    claims = public_claims(parsed.claims, mask)
    signature = segments[2]
    if signature and not PLACEHOLDER.fullmatch(signature):
        signature = mask("signature", signature)
    return f"{header}.{_segment(segments[1], parsed.claims, claims, replaced)}.{signature}"


def public_claims(claims: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """Return claims with the values of the private ones masked."""
    return {
        name: value if name in CLAIMS else _masked(value, mask, _MAX_DEPTH)
        for name, value in claims.items()
    }


def _opaque(segments: list[str], text: str, mask: Mask) -> str:
    """What cannot be looked into (JWE, damaged) keeps nothing but its first segment, if that is
    a header."""
    if all(not part or _is_replaced(part) for part in segments[1:]):
        return text
    header = decode_jwt(f"{segments[0]}..").header
    if header is None or len(segments) < 3:
        return mask("token", text)
    return f"{segments[0]}.{mask('token', '.'.join(segments[1:]))}"


def _is_replaced(part: str) -> bool:
    """Whether nothing that could be read is left of `part` but what stands for it."""
    rest, count = PLACEHOLDER.subn("", part)
    return count > 0 and _WORD.search(rest) is None


def _segment(
    raw: str, before: Mapping[str, Any], after: dict[str, Any], replaced: Callable[[str], str]
) -> str:
    text = json.dumps(after, ensure_ascii=False, separators=(",", ":"))
    clean = replaced(text)
    if after == dict(before) and clean == text:
        return raw
    data = clean.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _masked(value: Any, mask: Mask, depth: int) -> Any:
    """Return a private claim with its structure but without its values."""
    if value is None or isinstance(value, bool):
        return value
    if depth > 0 and isinstance(value, Mapping):
        return {name: _masked(item, mask, depth - 1) for name, item in value.items()}
    if depth > 0 and isinstance(value, list | tuple):
        return [_masked(item, mask, depth - 1) for item in value]
    text = value if isinstance(value, str) else json.dumps(value)
    return text if PLACEHOLDER.fullmatch(text) else mask("claim", text)
