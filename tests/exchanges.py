"""Exchanges for tests, built as they would be on the wire."""

from __future__ import annotations

import base64
import email.utils
import json as jsonlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from why401.model import Body, Exchange, Headers, Request, Response, Times

AT_S = 1795132800.0
"""2026-11-20 00:00:00 UTC, when the exchanges of tests take place."""

type Fields = Mapping[str, str] | Sequence[tuple[str, str]]


def exchange(
    url: str,
    *,
    method: str = "GET",
    headers: Fields = (),
    body: bytes = b"",
    status: int = 200,
    response_headers: Fields = (),
    response_body: bytes = b"",
    at_s: float | None = AT_S,
    id: str = "t#0",  # noqa: A002  (as the field is called)
    json: Any = None,
    client_address: str = "127.0.0.1:50000",
) -> Exchange:
    """Return an exchange with `url`; `json` is the response's body, status 0 means no answer."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = _fields(response_headers)
    if json is not None:
        response_body = jsonlib.dumps(json, ensure_ascii=False).encode()
        fields = ((b"Content-Type", b"application/json"), *fields)
    response = Response(status, headers=Headers(fields), body=Body(response_body))
    return Exchange(
        id,
        Request(
            method,
            parts.scheme,
            parts.hostname or "",
            port,
            target.encode(),
            Headers(_fields(headers)),
            Body(body),
        ),
        response if status else None,
        times=Times(started=at_s, request_sent=at_s, response_started=at_s),
        client_address=client_address,
    )


def _fields(headers: Fields) -> tuple[tuple[bytes, bytes], ...]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((name.encode("utf-8"), value.encode("utf-8")) for name, value in pairs)


def http_date(unix_s: float) -> str:
    """Return Unix seconds as a Date header."""
    return email.utils.formatdate(unix_s, usegmt=True)


def b64url(data: bytes | Mapping[str, Any]) -> str:
    """Return base64url without padding, of JSON where a mapping is given."""
    if not isinstance(data, bytes):
        data = jsonlib.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def basic(text: str | bytes) -> str:
    """Return a Basic Authorization of `text`."""
    data = text.encode() if isinstance(text, str) else text
    return "Basic " + base64.b64encode(data).decode()
