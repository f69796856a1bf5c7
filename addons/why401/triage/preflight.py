"""What a successful preflight does not allow: the browser then never sends the request, and the
server never sees why.

Source: the Fetch standard, "CORS-preflight fetch". `*` covers every field but Authorization, and
every method; with cookies it covers nothing, but a preflight does not tell whether they will be
sent.
"""

from __future__ import annotations

from collections.abc import Iterable, KeysView

import msgspec

from why401.credentials.secret_names import header_kind

ASKED_HEADERS = "access-control-request-headers"
ASKED_METHOD = "access-control-request-method"
ALLOWED_HEADERS = "access-control-allow-headers"
ALLOWED_METHODS = "access-control-allow-methods"
MAX_FIELD = 4096
_SAFELISTED = frozenset({"get", "head", "post"})
"""Methods that need no permission."""

type Fields = Iterable[tuple[bytes, bytes]]


class Missing(msgspec.Struct, frozen=True):
    """A header field, or else a method, that was asked for and is not allowed by name."""

    name: str
    is_method: bool = False
    has_wildcard: bool = False
    """Whether all fields are allowed, in a way that does not cover this one."""


def missing_from(asked: Fields, allowed: Fields) -> Missing | None:
    """Return what an answer with the fields `allowed` does not allow of a preflight that asks for a
    credential; None where it allows that and the method, or where there is none."""
    # The browser writes the names in small letters.
    wanted = _listed(asked, ASKED_HEADERS)
    names = [name for name in wanted if name == "authorization" or header_kind(name)]
    if not names:
        return None
    headers = _listed(allowed, ALLOWED_HEADERS)
    for name in names:
        if name not in headers and (name == "authorization" or "*" not in headers):
            return Missing(name, has_wildcard="*" in headers)
    method = next(iter(_listed(asked, ASKED_METHOD)), "get")
    if method in _SAFELISTED or not {"*", method}.isdisjoint(_listed(allowed, ALLOWED_METHODS)):
        return None
    return Missing(method.upper(), is_method=True)


def _listed(fields: Fields, name: str) -> KeysView[str]:
    """Return the elements of a list field in small letters, in order."""
    size, found = len(name), []
    for key, value in fields:
        if len(key) == size and key.lower() == name.encode():
            found.append(value[:MAX_FIELD])
    text = b",".join(found).decode("latin-1").lower()
    return dict.fromkeys(filter(None, map(str.strip, text.split(",")))).keys()
