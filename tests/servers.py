"""Real servers for the tests, and the plainest way to ask them something."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from why401.sandbox import Sandbox
from why401.sandbox.client import Reply


@dataclass
class Clock:
    """A clock that a test sets; Unix seconds."""

    now_s: float = 1_795_132_800.0

    def __call__(self) -> float:
        return self.now_s


def ask(
    sandbox: Sandbox,
    host: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes | None = None,
) -> Reply:
    """Send one request to the sandbox's plain port, with no header but those given and Host."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.http_port, timeout=10)
    try:
        return ask_over(connection, host, target, headers, method=method, body=body)
    finally:
        connection.close()


def ask_over(
    connection: http.client.HTTPConnection,
    host: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes | None = None,
) -> Reply:
    """Send one request over a connection that stays open."""
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    received: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        received[key] = f"{received[key]}, {value}" if key in received else value
    return Reply(response.status, received, response.read())


def trusting(sandbox: Sandbox) -> ssl.SSLContext:
    """Return a client context that trusts the sandbox's authority and nobody else."""
    return ssl.create_default_context(cafile=str(sandbox.ca_pem_path))
