"""An exchange as raw bytes, and how to put one together."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from dataclasses import dataclass

SHOP = "api.example.com"
EXPIRED_S = 1_577_836_800
"""2020-01-01, Unix seconds."""
FIELDS_PLAIN = (b"Content-Type: text/plain; charset=utf-8",)


@dataclass(frozen=True, slots=True)
class RawExchange:
    """One exchange, as bytes on the wire.

    `server_ends`: the server closes after its answer. `client_ends`: the client sends nothing
    after this request, which is not whole. `is_direct`: the target is in origin form, for a
    reverse proxy; it may then hold what mitmproxy refuses to read in a URL.
    """

    name: str
    host: str
    request: bytes
    response: bytes
    server_ends: bool = False
    client_ends: bool = False
    is_direct: bool = False


def raw_exchange(
    name: str,
    *,
    method: str = "GET",
    host: str = SHOP,
    target: bytes = b"/orders/7?page=1",
    version: str = "HTTP/1.1",
    sent: tuple[bytes, ...] = (),
    body: bytes | None = None,
    framed: bool = True,
    status: bytes = b"200 OK",
    fields: tuple[bytes, ...] = FIELDS_PLAIN,
    answer: bytes = b"fine",
    answer_framed: bool = True,
    raw_answer: bytes | None = None,
    server_ends: bool = False,
    client_ends: bool = False,
    is_direct: bool = False,
) -> RawExchange:
    """Return an exchange put together from its parts; `framed` adds a Content-Length."""
    authority = b"" if is_direct else b"http://" + host.encode()
    head = [
        b"%s %s%s %s" % (method.encode(), authority, target, version.encode()),
        b"Host: " + host.encode(),
        *sent,
    ]
    if body is not None and framed:
        head.append(b"Content-Length: %d" % len(body))
    head.append(b"X-Case: " + name.encode())
    lines = [b"HTTP/1.1 " + status, *fields]
    if answer_framed:
        lines.append(b"Content-Length: %d" % len(answer))
    silent = method == "HEAD" or status[:3] in (b"204", b"304")
    response = b"\r\n".join([*lines, b"", b""]) + (b"" if silent else answer)
    return RawExchange(
        name,
        host,
        b"\r\n".join([*head, b"", b""]) + (body or b""),
        response if raw_answer is None else raw_answer,
        server_ends,
        client_ends,
        is_direct,
    )


def token(claims: dict[str, object], header: dict[str, object] | None = None) -> bytes:
    """Return a JWT signed with a key of the tests, whatever its claims."""
    signed = b".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header or {"alg": "HS256", "typ": "JWT"}, claims)
    )
    mac = hmac.digest(b"a key of the tests, 32 bytes long", signed, hashlib.sha256)
    return signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")


def chunked(*pieces: bytes, extension: bytes = b"") -> bytes:
    """Return `pieces` in chunked coding (RFC 9112 section 7.1), without trailers: at those
    mitmproxy 12.2 gives up an HTTP/1.1 connection without closing it."""
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
    return chunks + b"0\r\n\r\n"


def noise(size: int) -> bytes:
    """Return bytes that look random and are always the same."""
    return random.Random(size).randbytes(size)


EXPIRED = token({"iss": "https://id.example.com/", "sub": "alice", "exp": EXPIRED_S})
BEARER = b"Authorization: Bearer " + EXPIRED
REFUSED = b"401 Unauthorized"
CHALLENGE = b'WWW-Authenticate: Bearer realm="shop", error="invalid_token"'
JSON = b"Content-Type: application/json"
