"""Takes an exchange apart for redaction and puts it together again: target, fields and bodies."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from why401.case.bodies import decoded_content, unpacked
from why401.credentials.secret_names import parameter_kind
from why401.later import regex
from why401.masking import PLACEHOLDER
from why401.model import (
    Body,
    Exchange,
    Headers,
    Request,
    Response,
    WebSocketMessage,
    header_text,
)
from why401.report.redaction.headers import field_value
from why401.report.redaction.walk import Walker

_BOUNDARY = regex(r"boundary=\"?([^\";,\s]{1,200})", re.IGNORECASE)
_MAX_PASSES = 6
_MAX_LAYERS = 3
"""Compressed in compressed: one more than is looked into."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PART_NAME = regex(rb"name=\"?([^\";\r\n]{1,200})", re.IGNORECASE)


class Rewriter:
    """Rewrites the parts of one exchange."""

    def __init__(self, walker: Walker, note: Callable[[str], None]) -> None:
        self.walker = walker
        self.note = note

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return `exchange` rewritten."""
        walker = self.walker
        return msgspec.structs.replace(
            exchange,
            request=self._request(exchange.request, exchange.id),
            response=self._response(exchange.response, exchange.id),
            error=walker.text(exchange.error) if exchange.error else exchange.error,
            server=walker.text(exchange.server),
            server_address=walker.text(exchange.server_address),
            websocket=tuple(self._message(message, exchange.id) for message in exchange.websocket),
        )

    def _request(self, request: Request, name: str) -> Request:
        target, charset = _text_of(request.target)
        return msgspec.structs.replace(
            request,
            method=self.walker.replaced(request.method),
            http_version=self.walker.replaced(request.http_version),
            host=self._host(request.host),
            target=self.walker.text(target).encode(charset, "replace"),
            headers=self._headers(request.headers),
            body=self._body(request.body, request.headers, f"{name} request body"),
        )

    def _host(self, host: str) -> str:
        """Return `host` without known secrets; brackets and colons mean something else in a URL."""
        return PLACEHOLDER.sub(
            lambda found: found[0][1:-1].replace(":", "-"), self.walker.replaced(host)
        )

    def _response(self, response: Response | None, name: str) -> Response | None:
        if response is None:
            return None
        return msgspec.structs.replace(
            response,
            reason=self.walker.text(response.reason),
            headers=self._headers(response.headers),
            trailers=self._headers(response.trailers),
            body=self._body(response.body, response.headers, f"{name} response body"),
        )

    def _headers(self, headers: Headers) -> Headers:
        field, rewrite = self.walker.field, self._field
        return Headers(tuple(field(each, rewrite) for each in headers.fields))

    def _field(self, field: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        name, value = field
        text, charset = _text_of(value)
        label, label_charset = _text_of(name)
        new = self._settled(label.lower().strip(), text)
        return (
            self.walker.replaced(label).encode(label_charset, "replace"),
            new.encode(charset, "replace") if new != text else value,
        )

    def _settled(self, name: str, text: str) -> str:
        """Return a field value rewritten until nothing more changes: around what was replaced, what
        is left may be read otherwise."""
        for _ in range(_MAX_PASSES):
            secret = field_value(name, text, self.walker.mask)
            new = self.walker.text(text) if secret is None else self.walker.replaced(secret)
            if new == text:
                break
            text = new
        return text

    def _message(self, message: WebSocketMessage, name: str) -> WebSocketMessage:
        data = self._data(message.data, f"{name} WebSocket message")
        return msgspec.structs.replace(message, data=data)

    def _body(self, body: Body | None, headers: Headers, name: str) -> Body | None:
        if body is None or not (body.data or _was_left_out(body)):
            return body
        data = body.data
        if headers.values("content-encoding") and not body.is_decoded:
            content = decoded_content(body, headers)
            if content is None or not content.is_decoded or not content.is_complete:
                # What cannot be looked into cannot be shown to hold nothing.
                self.note(f"{name}: its Content-Encoding could not be undone; left out")
                return _left_out(body)
            data = content.data
        opened = self._opened(data, name)
        if opened is None:
            return _left_out(body)
        new = self._content(opened, headers, name)
        if new == opened:
            return body
        return Body(
            new,
            is_decoded=body.is_decoded or opened is not body.data,
            is_exact=False,
            is_complete=body.is_complete,
            sent_bytes=body.sent_bytes if body.sent_bytes is not None else len(body.data),
        )

    def _opened(self, data: bytes, name: str) -> bytes | None:
        """Return `data`, unpacked where it is compressed though no header says so; None where that
        cannot be looked into."""
        for _ in range(_MAX_LAYERS):
            content = None if _is_text(data) else unpacked(data)
            if content is None:
                return data
            if not content.is_complete:
                break
            data = content.data
        self.note(f"{name}: compressed, and could not be unpacked; left out")
        return None

    def _data(self, data: bytes, name: str) -> bytes:
        """Return bytes of no known type rewritten."""
        opened = self._opened(data, name)
        if opened is None:
            return b""
        text, charset = _text_of(opened)
        new = self.walker.text(text)
        return data if new == text else new.encode(charset, "replace")

    def _content(self, data: bytes, headers: Headers, name: str) -> bytes:
        kind = (headers.text("content-type") or "").lower()
        if kind.startswith("multipart/"):
            boundary = _BOUNDARY.search(headers.text("content-type") or "")
            # Whoever wrote the header himself forgot it, and many servers read on.
            line = boundary[1].encode() if boundary else _first_line(data)
            if line and b"--" + line in data:
                return self._multipart(data, line, name)
        text, charset = _body_text_of(data)
        if charset == "latin-1" and b"\0" in data:
            new = self.walker.replaced(text)
        else:
            # Some writers keep the fields of a form of several parts as a query.
            is_form = not kind or kind.startswith(("application/x-www-form-", "multipart/"))
            new = self.walker.text(text, is_form=is_form)
        return data if new == text else new.encode(charset, "replace")

    def _multipart(self, data: bytes, boundary: bytes, where: str) -> bytes:
        parts = data.split(b"--" + boundary)
        return (b"--" + boundary).join(self._part(part, where) for part in parts)

    def _part(self, part: bytes, where: str) -> bytes:
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank:
            head, blank, content = part.partition(b"\n\n")
        name = _PART_NAME.search(head[:2000])
        # What is compressed may itself end with such a byte.
        one_line_less = content.removesuffix(b"\n").removesuffix(b"\r")
        body = content.rstrip(b"\r\n") if _is_text(content) else one_line_less
        ending = content[len(body) :]
        kind = parameter_kind(header_text(name[1])) if name else None
        if kind and body:
            text, charset = _text_of(body)
            body = self.walker.mask(kind, text).encode(charset, "replace")
        else:
            body = self._data(body, where)
        label, label_charset = _text_of(head)
        return self.walker.replaced(label).encode(label_charset, "replace") + blank + body + ending


def _first_line(data: bytes) -> bytes:
    """Return the boundary that a multipart body shows by beginning with it."""
    line = data[:200].partition(b"\n")[0].strip()
    return line[2:] if line.startswith(b"--") else b""


def _left_out(body: Body) -> Body:
    sent_bytes = body.sent_bytes if body.sent_bytes is not None else len(body.data)
    return Body(b"", is_exact=False, is_complete=False, sent_bytes=sent_bytes)


def _was_left_out(body: Body) -> bool:
    """Return whether `body` may be what `_left_out` gave: in a HAR of another program one that is
    missing counts as decoded."""
    return not (body.data or body.is_complete or body.is_decoded)


def as_one_text(exchange: Exchange) -> bytes | None:
    """Return all texts of `exchange` together as UTF-8, fields in lines of `name: value`; None
    where one must be decoded or taken apart first. It is looked through in one pass."""
    request, response = exchange.request, exchange.response
    head = b"\n".join(map(b": ".join, request.headers.fields))
    named = f"{request.host}\n{exchange.server}\n{exchange.server_address}"
    parts = [named.encode("utf-8", "surrogatepass"), request.target, head]
    if not _add_body(parts, request.body, head):
        return None
    if response is not None:
        head = b"\n".join(map(b": ".join, response.headers.fields))
        parts += (head, response.reason.encode("utf-8", "surrogatepass"))
        parts += map(b": ".join, response.trailers.fields)
        if not _add_body(parts, response.body, head):
            return None
    if exchange.error:
        parts.append(exchange.error.encode("utf-8", "surrogatepass"))
    if exchange.websocket:
        parts += (message.data for message in exchange.websocket)
    text = b"\n".join(parts)
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError:
            return None
    return text


def _add_body(parts: list[bytes], body: Body | None, head: bytes) -> bool:
    """Add `body` to `parts`, unless it is encoded or of several parts by its header fields: then
    return False."""
    if body is None or not (body.data or _was_left_out(body)):
        return True
    names = head.lower()
    if body.data.startswith(_UTF_16) or b"multipart/" in names:
        return False
    if not body.is_decoded and b"content-encoding: " in names:
        return False
    parts.append(body.data)
    return True


def _is_text(data: bytes) -> bool:
    return data.isascii() or data.startswith(_UTF_16) or _text_of(data)[1] == "utf-8"


def _text_of(data: bytes) -> tuple[str, str]:
    """Return bytes as text and the charset that turns it into the same bytes again."""
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _body_text_of(data: bytes) -> tuple[str, str]:
    """As `_text_of`; UTF-16 is known by its byte order mark, which stays."""
    if data.startswith(_UTF_16):
        charset = "utf-16-le" if data[0] == 0xFF else "utf-16-be"
        try:
            return data.decode(charset), charset
        except UnicodeDecodeError:
            pass
    return _text_of(data)
