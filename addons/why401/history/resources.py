"""What protected resources publish about themselves (RFC 9728), as it passed by."""

from __future__ import annotations

import msgspec

from why401.bounded import Bounded
from why401.case import Case

WELL_KNOWN = "/.well-known/oauth-protected-resource"
MAX_RESOURCES = 200
MAX_SERVERS = 10
MAX_CHARS = 300


class Published(msgspec.Struct, frozen=True):
    """The metadata of one resource, seen in `exchange`."""

    resource: str
    authorization_servers: tuple[str, ...]
    exchange: str


class Resources:
    """Metadata by host and path of the resource; fetched by clients, never by us."""

    def __init__(self) -> None:
        self._published: Bounded[tuple[str, str], Published] = Bounded(MAX_RESOURCES)

    def of(self, host: str, path: str) -> Published | None:
        """Return what the resource at `path` of `host` published: under its own path, or for the
        whole host (section 3.1)."""
        if not self._published:
            return None
        first = "/" + path.lstrip("/").partition("/")[0]
        return (
            self._published.get((host, path.rstrip("/")))
            or self._published.get((host, first))
            or self._published.get((host, ""))
        )

    def learn(self, case: Case) -> None:
        """Remember the metadata that an answer holds."""
        request = case.exchange.request
        if case.status != 200 or not request.target.startswith(WELL_KNOWN.encode()):
            return
        body = case.response.json
        resource = body.get("resource") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(resource, str):
            return
        servers = body.get("authorization_servers")
        named = servers[:MAX_SERVERS] if isinstance(servers, list) else []
        path = request.path.removeprefix(WELL_KNOWN).rstrip("/")[:MAX_CHARS]
        published = Published(
            resource[:MAX_CHARS],
            tuple(each[:MAX_CHARS] for each in named if isinstance(each, str)),
            case.exchange.id,
        )
        self._published.remember((request.host, path), published)
