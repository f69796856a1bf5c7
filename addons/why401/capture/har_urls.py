"""A HAR's URL taken apart into what a request line and a connection are made of."""

from __future__ import annotations

from why401.later import regex

_ABSOLUTE = regex(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://([^/?#]*)([^#]*)")
_OPAQUE = regex(r"([A-Za-z][A-Za-z0-9+.-]{1,30}):(?!//|[0-9]{1,5}(?:/|$))")
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}

type Parts = tuple[str, str, int, str]
"""Scheme, host without brackets, port (0: unknown), request target without fragment."""


def url_parts(url: str) -> Parts:
    """Return the parts of an absolute, opaque (`data:`, `about:`) or relative URL.

    User info is left out: clients send it as an Authorization header, not in the target. A
    relative URL has neither scheme nor host.
    """
    absolute = _ABSOLUTE.match(url)
    if absolute:
        scheme = absolute[1].lower()
        host, port = authority_parts(absolute[2].rpartition("@")[2])
        target = absolute[3] or "/"
        if target[0] == "?":
            target = "/" + target
        return scheme, host, port or _DEFAULT_PORTS.get(scheme, 0), target
    opaque = _OPAQUE.match(url)
    if opaque:
        return opaque[1].lower(), "", 0, url
    return "", "", 0, url.partition("#")[0] or "/"


def authority_parts(authority: str) -> tuple[str, int]:
    """Return host (without brackets) and port (0: none or nonsense) of `host:port`."""
    host, colon, port = authority.rpartition(":")
    if not colon or (port and not port.isdecimal()) or (host.count(":") and host[-1:] != "]"):
        host, port = authority, ""
    number = int(port) if port and len(port) < 6 else 0
    return host.strip("[]"), number if number < 65536 else 0


def default_port(scheme: str) -> int:
    """Return the port that a URL of `scheme` leaves out; 0 where there is none."""
    return _DEFAULT_PORTS.get(scheme, 0)
