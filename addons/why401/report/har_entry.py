"""One exchange as an entry of a HAR 1.2, with nothing lost and nothing invalid.

What HAR has no place for stands under names with `_`, as the specification provides:
`_raw` (bytes that text cannot hold), `_exact`, `_complete`, `_decoded`, `_missing` and `_size`
(what a body's text is), `_encoding` (of a request body), `_trailers`, `_error`, `_client`,
`_clientAddress`, `_serverPort`, `_webSocketMessages`, `_sanitised` (see `Exchange.is_sanitised`).
"""

from __future__ import annotations

import base64
from itertools import chain
from typing import Any

from why401.capture.har_text import text_bytes
from why401.capture.har_urls import url_parts
from why401.model import Exchange, Headers, Request, Response, WebSocketMessage, header_text
from why401.report.annotation import Annotation
from why401.report.har_extras import Extras, add_extras
from why401.report.har_message import (
    body_text,
    clean,
    field_list,
    query_list,
    sent_cookies,
    set_cookies,
)
from why401.report.har_timings import finite, started_date_time, time_and_timings

_LATEST_MESSAGE_S = 1e11


def har_entry(
    exchange: Exchange, annotation: Annotation | None = None, extras: Extras | None = None
) -> dict[str, Any]:
    """Return the entry as plain values; `annotation` goes to the places where tools show it,
    `extras` to where they were read."""
    time, timings = time_and_timings(exchange.times)
    entry: dict[str, Any] = {
        "startedDateTime": started_date_time(exchange.times),
        "time": time,
        "request": _request(exchange.request),
        "response": _response(exchange),
        "cache": {},
        "timings": timings,
    }
    _add_connection(entry, exchange)
    if exchange.websocket:
        entry["_resourceType"] = "websocket"
        entry["_webSocketMessages"] = [_message(message) for message in exchange.websocket]
    if annotation is not None:
        _annotate(entry, annotation)
    if extras is not None:
        add_extras(entry, extras)
    return entry


def _annotate(entry: dict[str, Any], annotation: Annotation) -> None:
    for holder, comment in (
        (entry, annotation.comment),
        (entry["request"], annotation.request_comment),
        (entry["response"], annotation.response_comment),
    ):
        if comment:
            holder["comment"] = clean(comment)
    if annotation.page:
        entry["pageref"] = clean(annotation.page)
    if annotation.diagnosis is not None:
        # HTTP Toolkit pins what says so, and keeps it when the rest is cleared.
        entry["_pinned"] = "true"
        entry["_why401"] = annotation.diagnosis


def _add_connection(entry: dict[str, Any], exchange: Exchange) -> None:
    ip, port = _ip_and_port(exchange.server_address)
    for name, value in (
        ("serverIPAddress", clean(ip)),
        ("_serverPort", port),
        ("connection", clean(exchange.server)),
        ("_client", clean(exchange.client)),
        ("_clientAddress", clean(exchange.client_address)),
        ("_sanitised", exchange.is_sanitised),
    ):
        if value:
            entry |= {name: value}


def _ip_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if port.isdecimal() and port.isascii() and len(port) < 6:
        if host.startswith("[") and host.endswith("]"):
            return host[1:-1], int(port)
        if host and ":" not in host:
            return host, int(port)
    return address.strip("[]"), 0


def _request(request: Request) -> dict[str, Any]:
    headers = request.headers
    url, raw = _url(request)
    method, version = clean(request.method) or "GET", clean(request.http_version) or "HTTP/1.1"
    found: dict[str, Any] = {
        "method": method,
        "url": url,
        "httpVersion": version,
        "cookies": sent_cookies(headers),
        "headers": field_list(headers),
        "queryString": query_list(request.query),
        "headersSize": _headers_size(version, headers, len(method.encode()) + len(request.target)),
        "bodySize": 0,
    }
    if raw:
        found["_raw"] = raw
    body = request.body
    if body is None:
        found |= {"bodySize": -1, "_missing": True}
    elif body.data or body.sent_bytes or _claims_a_body(headers):
        marks, data, found["bodySize"] = body_text(body, headers)
        if "encoding" in marks:
            marks["_encoding"] = marks.pop("encoding")
        if body.is_exact and not data:
            marks["_exact"] = True
        mime = clean(headers.text("content-type") or "")
        found["postData"] = {"mimeType": mime, "_size": len(data), **marks}
    return found


def _url(request: Request) -> tuple[str, dict[str, Any] | None]:
    """Return the URL, and beside it what was sent where the URL cannot say exactly that."""
    opaque = not request.host and request.target[:1] not in (b"", b"/", b"*")
    url = clean(header_text(request.target) if opaque else request.url)
    scheme, host, port, target = url_parts(url)
    same_server = (scheme, host, port) == (request.scheme, request.host, request.port)
    if same_server and text_bytes(target) == request.target:
        return url, None
    return url, {
        "scheme": clean(request.scheme),
        "host": clean(request.host),
        "port": request.port,
        "target": base64.b64encode(request.target).decode(),
    }


def _claims_a_body(headers: Headers) -> bool:
    return any(value.strip() not in (b"", b"0") for value in headers.values("content-length"))


def _response(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    if response is None:
        # Chrome wants every part of a response, and shows `_error` where the status is 0.
        response = Response(status=0, body=None, http_version=exchange.request.http_version)
    headers, reason = response.headers, clean(response.reason)
    version = clean(response.http_version) or "HTTP/1.1"
    found: dict[str, Any] = {
        "status": max(response.status, 0),
        "statusText": reason,
        "httpVersion": version,
        "cookies": set_cookies(headers),
        "headers": field_list(headers),
        "content": {},
        "redirectURL": clean(headers.text("location") or ""),
        "headersSize": _headers_size(version, headers, 4 + len(reason.encode())),
        "bodySize": -1,
    }
    if exchange.response is None:
        found["headersSize"] = -1
    found["content"], found["bodySize"] = _content(response)
    if response.trailers.fields:
        found["_trailers"] = field_list(response.trailers)
    if exchange.error:
        found["_error"] = clean(exchange.error)
    return found


def _content(response: Response) -> tuple[dict[str, Any], int]:
    headers, body = response.headers, response.body
    mime = clean(headers.text("content-type") or "x-unknown")
    if body is None:
        return {"size": 0, "mimeType": mime, "_missing": True}, -1
    marks, data, sent = body_text(body, headers)
    content: dict[str, Any] = {"size": len(data), "mimeType": mime, **marks}
    if data and 0 <= sent < len(data) and headers.values("content-encoding"):
        content["compression"] = len(data) - sent
    if body.is_exact and not data and _claims_a_body(headers):
        content["_exact"] = True
    return content, sent


def _headers_size(version: str, headers: Headers, line: int) -> int:
    """Return how many bytes start line and fields took; -1 where they were compressed."""
    if not version.startswith("HTTP/1"):
        return -1
    fields = sum(map(len, chain.from_iterable(headers.fields))) + 4 * len(headers.fields)
    return line + len(version) + 4 + fields + 2


def _message(message: WebSocketMessage) -> dict[str, Any]:
    """A WebSocket message as Chrome writes it: binary ones as base64."""
    at = finite(message.at_s) or 0.0
    opcode = message.opcode if 0 <= message.opcode < 16 else 1
    found: dict[str, Any] = {
        "type": "send" if message.from_client else "receive",
        "time": round(at, 6) if 1.0 <= at < _LATEST_MESSAGE_S else 0,
        "opcode": opcode,
    }
    text = None
    if opcode != 2:
        try:
            text = message.data.decode()
        except UnicodeDecodeError:
            found["_encoding"] = "base64"
    found["data"] = base64.b64encode(message.data).decode() if text is None else text
    return found
