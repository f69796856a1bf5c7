"""The HTTP client of the tour: the standard library's, sent through a proxy.

It does what any client behind a debugging proxy has to do: connect to the proxy, open a tunnel
for https, and trust the certificate authority that the proxy signs with.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import msgspec

from why401.sandbox.server import Sandbox

TIMEOUT_S = 10


class Sent(msgspec.Struct, frozen=True):
    """One exchange that was made: enough to find it again in the proxy."""

    method: str
    url: str
    status: int


class Reply(msgspec.Struct, frozen=True):
    """A response; `headers` by lower-case name, several fields of one name joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)


class TourClient:
    """Keeps one connection a host, as client libraries do.

    `ca_path` None: the tour is made over plain http.
    """

    def __init__(self, proxy_url: str, ca_path: Path | None, sandbox: Sandbox) -> None:
        proxy = urlsplit(proxy_url)
        self._proxy = (proxy.hostname or "127.0.0.1", proxy.port or 8080)
        self._tls = ssl.create_default_context(cafile=str(ca_path)) if ca_path else None
        self._scheme = "https" if ca_path else "http"
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self.sandbox = sandbox
        self.sent: list[Sent] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        for connection in self._connections.values():
            connection.close()

    def get(
        self,
        host: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        scheme: str | None = None,
    ) -> Reply:
        """GET a path; `query` is form-encoded and appended."""
        target = f"{path}?{urlencode(query)}" if query else path
        return self.send("GET", host, target, headers, scheme=scheme)

    def post(
        self, host: str, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """POST these very bytes."""
        return self.send("POST", host, path, headers, body)

    def post_form(
        self,
        host: str,
        path: str,
        fields: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """POST fields as a form."""
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.post(host, path, urlencode(fields).encode(), sent)

    def send(
        self,
        method: str,
        host: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        scheme: str | None = None,
    ) -> Reply:
        """Send one request through the proxy and read the whole answer.

        `scheme` "http" leaves TLS for this one request; None is what the tour is made with. Raises
        OSError where the proxy cannot be reached, http.client.HTTPException where the answer is
        not HTTP.
        """
        scheme = scheme or self._scheme
        connection = self._connections.get((scheme, host)) or self._connect(scheme, host)
        url = f"{scheme}://{host}{target}"
        fields = {"User-Agent": "tour/1.0", "Accept": "*/*", **(headers or {})}
        # Inside the tunnel the proxy is invisible; over plain http it is told the whole URL.
        connection.request(method, target if scheme == "https" else url, body, fields)
        response = connection.getresponse()
        reply = Reply(response.status, _joined(response), response.read())
        self.sent.append(Sent(method, url, reply.status))
        return reply

    def _connect(self, scheme: str, host: str) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection
        if scheme == "https":
            connection = http.client.HTTPSConnection(
                *self._proxy, timeout=TIMEOUT_S, context=self._tls
            )
            connection.set_tunnel(host, 443)
        else:
            connection = http.client.HTTPConnection(*self._proxy, timeout=TIMEOUT_S)
        self._connections[scheme, host] = connection
        return connection


def _joined(response: http.client.HTTPResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
