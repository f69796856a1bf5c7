"""One entry of a HAR as the exchange that it records."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote_plus

from why401.capture.entry import Worked
from why401.capture.har_dates import unix_seconds
from why401.capture.har_parts import (
    Content,
    Field,
    Message,
    Number,
    PostData,
    Timed,
    Timings,
    Whole,
)
from why401.capture.har_parts import (
    Response as HarResponse,
)
from why401.capture.har_text import (
    body_from_base64,
    body_from_text,
    field_values,
    header_bytes,
    text_bytes,
)
from why401.capture.har_urls import authority_parts, default_port, url_parts
from why401.model import (
    EMPTY_BODY,
    Body,
    Exchange,
    Headers,
    Request,
    Response,
    Times,
    WebSocketMessage,
)

_VERSIONS = {
    "http/0.9": "HTTP/0.9", "http/1": "HTTP/1.1", "http/1.0": "HTTP/1.0", "http/1.1": "HTTP/1.1",
    "h2": "HTTP/2.0", "h2c": "HTTP/2.0", "http/2": "HTTP/2.0", "http/2.0": "HTTP/2.0",
    "http2": "HTTP/2.0", "spdy": "HTTP/2.0", "http/2+quic/46": "HTTP/3", "h3": "HTTP/3",
    "http/3": "HTTP/3", "http/3.0": "HTTP/3", "h3-29": "HTTP/3", "http3": "HTTP/3",
}  # fmt: skip
_WITHOUT_BODY = frozenset((204, 205, 304))


def exchange_of(entry: Whole, exchange_id: str) -> Exchange:
    """Return the exchange that `entry` records, under the name `exchange_id`."""
    request, request_version = _request(entry)
    found = entry.response
    response = None
    if found is not None and found.status > 0:
        response = _response(found, request_version, request.method)
    port = entry.server_port
    return Exchange(
        id=exchange_id,
        request=request,
        response=response,
        error=(found.error if found else None) or entry.error,
        times=_times(entry.started, entry.timings),
        client=entry.client or "",
        client_address=entry.client_address or "",
        server=entry.server or "",
        server_address=_address(entry.server_ip or "", port),
        websocket=tuple(_message(message) for message in entry.messages or ()),
    )


def worked_of(entry: Timed | Whole, exchange_id: str) -> Worked | None:
    """Return what `exchange_of` would tell of a request that worked with an Authorization, of an
    entry whose URL is absolute and that holds no raw bytes."""
    request = entry.request
    for item in request.headers:
        if len(item.name) == 13 and item.name.lower() == "authorization":
            _, host, _, target = url_parts(request.url)
            at = unix_seconds(entry.started)
            if at and entry.timings:
                at = _sent_and_answered(at, entry.timings)[1] / 1e6
            return Worked(
                request.method.encode("utf-8", "surrogatepass"),
                host,
                text_bytes(target),
                header_bytes(item.value),
                exchange_id,
                at,
            )
    return None


def _request(entry: Whole) -> tuple[Request, str]:
    found = entry.request
    fields, pseudo = _headers(found.headers)
    headers = Headers((*fields, *_listed_cookies(found.cookies, fields)))
    version = _version(found.version)
    scheme, host, port, target_text = url_parts(found.url)
    if not scheme:
        scheme, host, port = _relative_to(headers, pseudo, version)
    target = text_bytes(pseudo[":path"] if pseudo.get(":path", "")[:1] == "/" else target_text)
    if found.raw is not None:
        raw = found.raw
        scheme, host, port, target = raw.scheme, raw.host, raw.port, _unbase64(raw.target)
    request = Request(
        method=found.method,
        scheme=scheme,
        host=host,
        port=port,
        target=target,
        headers=headers,
        body=_request_body(found.body, headers, found.body_size, is_missing=bool(found.missing)),
        http_version=version,
    )
    return request, version


def _relative_to(headers: Headers, pseudo: dict[str, str], version: str) -> tuple[str, str, int]:
    """Return where a relative URL leads: what the headers say, HTTP/2 and 3 being encrypted."""
    authority = pseudo.get(":authority") or headers.text("host") or ""
    guess = "https" if version in ("HTTP/2.0", "HTTP/3") else "http"
    scheme = pseudo.get(":scheme") or guess
    host, port = authority_parts(authority)
    return scheme, host, port or default_port(scheme)


def _headers(found: list[Field]) -> tuple[tuple[tuple[bytes, bytes], ...], dict[str, str]]:
    """Return the fields as bytes, and apart from them the pseudo headers of HTTP/2 and 3."""
    fields = []
    pseudo: dict[str, str] = {}
    for item in found:
        name, value = item.name, item.value
        if item.raw is not None:
            raw_name, _, raw_value = item.raw.partition(":")
            fields.append((_unbase64(raw_name), _unbase64(raw_value)))
        elif name[:1] == ":":
            pseudo.setdefault(name, value)
        else:
            label = name.encode() if name.isascii() else header_bytes(name)
            fields += ((label, header_bytes(each)) for each in field_values(name, value))
    return tuple(fields), pseudo


def _listed_cookies(
    found: object, fields: tuple[tuple[bytes, bytes], ...]
) -> tuple[tuple[bytes, bytes], ...]:
    """Return the Cookie field of what a HAR lists as sent, where it does not hold the field."""
    if not isinstance(found, list) or any(name.lower() == b"cookie" for name, _ in fields):
        return ()
    pairs = (
        f"{item['name']}={item['value']}"
        for item in found
        if isinstance(item, dict)
        and isinstance(item.get("name"), str)
        and isinstance(item.get("value"), str)
    )
    value = "; ".join(pairs)
    return ((b"Cookie", header_bytes(value)),) if value else ()


def _response(found: HarResponse, version: str, method: str) -> Response:
    fields, _ = _headers(found.headers)
    headers = Headers(fields)
    return Response(
        status=found.status,
        reason=found.reason or "",
        headers=headers,
        body=_response_body(found, headers, method),
        http_version=_version(found.version) if found.version else version,
        trailers=Headers(_headers(found.trailers)[0]) if found.trailers else Headers(),
    )


def _request_body(
    found: PostData | None, headers: Headers, size: Number, *, is_missing: bool
) -> Body | None:
    lengths = _content_length(headers)
    if is_missing:
        return None
    if found is None or (found.text is None and not found.params):
        return None if (size or 0) > 0 or any(lengths) else EMPTY_BODY
    encoded = _is_encoded(headers)
    if found.text is None:
        return Body(_form(found.params), is_exact=False)
    # Only our own files say how long the text is; elsewhere the length on the wire must do.
    sizes = lengths | _sizes(size) if found.size is None else _sizes(found.size)
    encoding = found.encoding or found.encoding_plain or ""
    # Browsers keep what the page handed over, not what a service worker compressed.
    is_gzip = found.size is None and found.text.startswith("\x1f")
    decoded = encoded and found.decoded is not False and not is_gzip
    return _body(found, found.text, encoding, found.mime or "", sizes, size, is_decoded=decoded)


def _response_body(found: HarResponse, headers: Headers, method: str) -> Body | None:
    content = found.content
    if content is None or content.text is None:
        if content is not None and content.missing:
            return None
        has_none = found.status in _WITHOUT_BODY or found.status < 200 or method == "HEAD"
        is_empty = content is not None and not content.size and found.body_size == 0
        return EMPTY_BODY if has_none or is_empty else None
    encoded = _is_encoded(headers)
    decoded = encoded and content.decoded is not False
    sizes = _sizes(content.size)
    if not decoded:
        sizes |= _content_length(headers) | _sizes(found.body_size)
    encoding, mime = content.encoding or "", content.mime or headers.text("content-type") or ""
    return _body(content, content.text, encoding, mime, sizes, found.body_size, is_decoded=decoded)


def _body(
    found: PostData | Content,
    text: str,
    encoding: str,
    mime: str,
    sizes: frozenset[int],
    sent: Number,
    *,
    is_decoded: bool,
) -> Body:
    if encoding.lower() == "base64":
        data, exact = body_from_base64(text)
        exact = exact and (not sizes or len(data) in sizes)
    elif text:
        data, exact = body_from_text(text, mime, sizes)
    else:
        # An empty text beside a size is a body that the producer left out.
        data, exact = b"", not sizes
    complete = exact or not sizes or min(sizes) <= len(data)
    if found.exact is not None:
        exact, complete = found.exact, True
    length = int(sent) if sent is not None and sent >= 0 else None
    return Body(
        data,
        is_decoded=is_decoded,
        is_exact=exact,
        is_complete=complete if found.complete is None else found.complete,
        sent_bytes=length if is_decoded or (length and length != len(data)) else None,
    )


def _is_encoded(headers: Headers) -> bool:
    return any(
        value.strip().lower() not in (b"", b"identity")
        for value in headers.values("content-encoding")
    )


def _content_length(headers: Headers) -> frozenset[int]:
    values = headers.values("content-length")
    if len(values) == 1 and values[0].isdigit() and len(values[0]) < 16:
        return frozenset((int(values[0]),)) - {0}
    return frozenset()


def _sizes(size: Number) -> frozenset[int]:
    return frozenset((int(size),)) if size is not None and size > 0 else frozenset()


def _form(params: object) -> bytes:
    """Return a form of the fields that a HAR lists where it kept no text."""
    pairs = []
    for item in params if isinstance(params, list) else ():
        if isinstance(item, dict):
            name, value = item.get("name"), item.get("value")
            if isinstance(name, str):
                text = value if isinstance(value, str) else ""
                pairs.append(_form_encoded(name) + b"=" + _form_encoded(text))
    return b"&".join(pairs)


def _form_encoded(text: str) -> bytes:
    return quote_plus(text_bytes(text)).encode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _version(text: str | None) -> str:
    if not text or text.lower() in ("unknown", "undefined", "error"):
        return "HTTP/1.1"
    return _VERSIONS.get(text.lower(), text)


def _times(started: str, timings: Timings | None) -> Times:
    at = unix_seconds(started)
    if timings is None:
        return Times(started=at)
    dns, connect, tls = (_duration(part) for part in (timings.dns, timings.connect, timings.ssl))
    if at is None:
        return Times(dns_ms=dns, connect_ms=connect, tls_ms=tls)
    sent, answered = _sent_and_answered(at, timings)
    return Times(
        started=at,
        request_sent=sent / 1e6,
        response_started=answered / 1e6,
        ended=(answered + _microseconds(timings.receive)) / 1e6,
        dns_ms=dns,
        connect_ms=connect,
        tls_ms=tls,
    )


def _sent_and_answered(started_s: float, timings: Timings) -> tuple[int, int]:
    """Return when the request was sent and when the answer began, in Unix microseconds: sums of
    milliseconds as floats would not come out the same again."""
    sent = (
        round(started_s * 1e6)
        + _microseconds(timings.blocked)
        + _microseconds(timings.dns)
        + _microseconds(timings.connect)
        + _microseconds(timings.send)
    )
    return sent, sent + _microseconds(timings.wait)


def _microseconds(value: Number) -> int:
    # A thousand days and more is a fault of the producer, not a wait.
    return round(value * 1000) if value is not None and 0 < value < 1e11 else 0


def _duration(value: Number) -> float | None:
    return value if value is not None and 0 <= value < 1e11 else None


def _message(found: Message) -> WebSocketMessage:
    text = found.data
    is_base64 = found.encoding == "base64" if found.encoding else found.opcode == 2
    data = body_from_base64(text)[0] if is_base64 else text_bytes(text)
    return WebSocketMessage(
        from_client=found.kind in ("send", "request"),
        opcode=found.opcode if 0 <= found.opcode < 16 else 1,
        data=data,
        at_s=unix_seconds(found.time) or 0.0,
    )


def _address(ip: str, port: Number) -> str:
    ip = ip.strip("[]")
    if not ip or not port:
        return ip
    return f"[{ip}]:{int(port)}" if ":" in ip else f"{ip}:{int(port)}"
