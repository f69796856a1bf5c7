"""Redirects that a client is about to follow, and what the request before them carried."""

from __future__ import annotations

from collections import Counter, OrderedDict
from urllib.parse import urljoin, urlsplit

import msgspec

from why401.case import Case
from why401.history.sighting import (
    Client,
    Fingerprints,
    Sighting,
    client_of,
    seconds_between,
    sighting,
)

WINDOW_S = 15.0
"""Clients follow at once; whoever comes later to the same URL was not sent there."""
MAX_REDIRECTS = 500
MAX_HOPS = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})

type Origin = tuple[str, str, int]
"""Scheme, host, port (RFC 6454)."""


class Redirect(msgspec.Struct, frozen=True):
    """A redirect, and what the request that got it carried. `authorization` is the fingerprint of
    its Authorization field, or that of an earlier hop which still had one."""

    seen: Sighting
    status: int
    method: str
    origin: Origin
    path: str
    authorization: bytes | None
    authorization_origin: Origin
    hops: tuple[str, ...]
    """Ids of the exchanges in the chain, the first first."""


class Redirects:
    """Redirects by client and by the URL that they lead to."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints
        self._awaited: OrderedDict[tuple[Client, bytes], Redirect] = OrderedDict()
        self._hosts: Counter[str] = Counter()
        self._host_of: dict[tuple[Client, bytes], str] = {}

    def leads_to(self, host: str) -> bool:
        """Return whether some client was sent to `host`."""
        return host in self._hosts

    def learn(self, case: Case) -> None:
        """Remember the redirect that `case` is, if it is one."""
        if case.status not in REDIRECTS:
            return
        location = case.response.headers.text("location")
        if not location:
            return
        request = case.exchange.request
        target = _absolute(request.url, location[:8192])
        if target is None:
            return
        before = self.to(case)
        own = case.request.headers.values("authorization")
        held = before.authorization if before else None
        origin = origin_of(request.scheme, request.host, request.port)
        redirect = Redirect(
            sighting(case.exchange),
            case.status,
            request.method,
            origin,
            request.path[:200],
            self._fingerprints.of(own[0]) if own else held,
            origin if own or before is None else before.authorization_origin,
            ((*before.hops, case.exchange.id) if before else (case.exchange.id,))[-MAX_HOPS:],
        )
        url, host = target
        key = (client_of(case.exchange), self._fingerprints.of(url))
        if key in self._awaited:
            self._forget(key)
        self._awaited[key] = redirect
        self._host_of[key] = host
        self._hosts[host] += 1
        if len(self._awaited) > MAX_REDIRECTS:
            self._forget(next(iter(self._awaited)))

    def to(self, case: Case) -> Redirect | None:
        """Return the redirect that `case` follows: the same client, at the URL it was sent to,
        within WINDOW_S; None where it follows none."""
        request = case.exchange.request
        if not self.leads_to(request.host.lower()):
            return None
        normal = _absolute(request.url, "")
        if normal is None:
            return None
        key = (client_of(case.exchange), self._fingerprints.of(normal[0]))
        redirect = self._awaited.get(key)
        if redirect is None or redirect.seen.exchange == case.exchange.id:
            return None
        started = case.exchange.times.started or case.exchange.at_s
        since_s = seconds_between(redirect.seen.at_s, started)
        return redirect if -1.0 <= since_s <= WINDOW_S else None

    def _forget(self, key: tuple[Client, bytes]) -> None:
        del self._awaited[key]
        host = self._host_of.pop(key)
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]


def origin_of(scheme: str, host: str, port: int) -> Origin:
    """Return the origin, host in lower case, the default port as 0."""
    default = {"http": 80, "https": 443}.get(scheme)
    return scheme, host.lower().rstrip("."), 0 if port == default else port


def _absolute(base: str, location: str) -> tuple[str, str] | None:
    """Return (URL, host) that `location` means at `base`, without fragment and default port."""
    try:
        parts = urlsplit(urljoin(base, location) if location else base)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    _, _, number = origin_of(parts.scheme, host, port or 0)
    at = f"{host}:{number}" if number else host
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{at}{parts.path or '/'}{query}", host
