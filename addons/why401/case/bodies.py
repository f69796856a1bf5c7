"""Message bodies as bytes, text, JSON, XML and form fields: lenient to what servers send, bounded
in work, and never raising. A body that is not what it claims to be gives None."""

from __future__ import annotations

import functools
import json
import re
import zlib
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.parsers import expat

import msgspec

from why401.later import regex
from why401.model import Body, Headers, header_text

MAX_DECODED = 8 << 20
"""Bytes that removing a Content-Encoding may yield; beyond it the rest is not looked at."""
MAX_MEMBERS = 100
"""Parts of a gzip stream that are read: to reach the next the rest is copied."""
MAX_PARSED = 1 << 20
"""Bytes of JSON, XML or form data that are parsed."""
MAX_SEARCHED = 64 << 10
"""Bytes of a body in which text is searched (http-auth limits)."""
MAX_CONTENT_TYPE = 500
MAX_FIELDS = 2000
MAX_DEPTH = 32

_GZIP = b"\x1f\x8b\x08"
_MARKS = ((_GZIP, "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
"""How they begin: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1."""

_CHARSET = regex(r"charset\s{0,4}=\s{0,4}[\"']?([\w.:-]{1,40})", re.I)
_JSONP = regex(rb"\s*[A-Za-z_$][\w.$]{0,100}\s*\(")


class Content(msgspec.Struct, frozen=True):
    """A body without its Content-Encoding. `is_complete` is False where a limit cut it or the
    capture holds only a part; `is_decoded` is False where the encoding could not be removed."""

    data: bytes
    is_complete: bool = True
    is_decoded: bool = True


def decoded_content(body: Body | None, headers: Headers) -> Content | None:
    """Return the body with its Content-Encoding removed (RFC 9110 section 8.4), at most
    MAX_DECODED bytes; None where the capture holds no body."""
    if body is None:
        return None
    if not body.data or not headers.values("content-encoding"):
        complete = body.is_complete and len(body.data) <= MAX_DECODED
        return Content(body.data[:MAX_DECODED], complete)
    encodings = [
        part.strip().lower()
        for value in headers.texts("content-encoding")
        for part in value.split(",")
        if part.strip() and part.strip().lower() != "identity"
    ]
    if not encodings or body.is_decoded:
        return Content(body.data[:MAX_DECODED], body.is_complete and len(body.data) <= MAX_DECODED)
    data, complete = body.data, body.is_complete
    # More than two encodings on top of each other are a bomb, not a message.
    for encoding in reversed(encodings[:2]):
        result = _without_encoding(data, encoding)
        if result is None:
            return Content(data[:MAX_DECODED], is_complete=False, is_decoded=False)
        data, whole = result
        complete = complete and whole
    return Content(data, complete)


def unpacked(data: bytes) -> Content | None:
    """Return what `data` holds where it is compressed though no header says so, at most MAX_DECODED
    bytes; None where it is not. Of formats without a mark only what ends as it should, or is more
    than it was, is taken for compressed."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            result = _without_encoding(data, encoding)
            return Content(*result) if result else Content(b"", is_complete=False, is_decoded=False)
    for encoding in ("deflate", "br"):
        result = _without_encoding(data, encoding)
        if result and result[0] and (result[1] or len(result[0]) > len(data)):
            return Content(*result)
    return None


def _without_encoding(data: bytes, encoding: str) -> tuple[bytes, bool] | None:
    """Return the decoded bytes and whether they are all; None where they cannot be decoded."""
    match encoding:
        case "gzip" | "x-gzip" | "deflate":
            return _inflated(data)
        case "br":
            return _brotli_decoded(data)
        case "zstd":
            return _zstd_decoded(data)
    return None


def _inflated(data: bytes) -> tuple[bytes, bool] | None:
    # 47: a zlib or a gzip header, found out by zlib; raw deflate is what some servers send.
    for window in (47, -15):
        try:
            return _members_inflated(data, window)
        except zlib.error:
            continue
    return None


def _members_inflated(data: bytes, window: int) -> tuple[bytes, bool]:
    """Return what all members hold that follow one another (RFC 1952 section 2.2), and whether that
    is all: neither cut short nor followed by anything else than padding."""
    parts: list[bytes] = []
    left = MAX_DECODED
    while left > 0 and len(parts) < MAX_MEMBERS:
        inflater = zlib.decompressobj(window)
        parts.append(inflater.decompress(data, left))
        left -= len(parts[-1])
        data = inflater.unused_data
        if not inflater.eof:
            break
        if not data.startswith(_GZIP):
            return b"".join(parts), not data.strip(b"\0")
    return b"".join(parts), False


def _brotli_decoded(data: bytes) -> tuple[bytes, bool] | None:
    try:
        import brotli
    except ImportError:
        return None
    decoder = brotli.Decompressor()
    try:
        return decoder.process(data, output_buffer_limit=MAX_DECODED), decoder.is_finished()
    except brotli.error:
        return None


def _zstd_decoded(data: bytes) -> tuple[bytes, bool] | None:
    try:
        import zstandard
    except ImportError:
        return None
    try:
        decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        with decompressor.stream_reader(data, read_across_frames=True) as reader:
            return reader.read(MAX_DECODED), not reader.read(1)
    except zstandard.ZstdError:
        return None


def text_of(data: bytes, headers: Headers) -> str:
    """Return the first MAX_SEARCHED bytes as text: the declared charset where it fits, else
    UTF-8, else GB18030, else Latin-1. Text without a charset is UTF-8."""
    data = data[:MAX_SEARCHED]
    charsets = _charsets((headers.text("content-type") or "")[:MAX_CONTENT_TYPE])
    if charsets[0] == "utf-8-sig" and data.isascii():
        return data.decode("ascii")
    for charset in charsets:
        try:
            return data.decode(charset)
        except (UnicodeDecodeError, LookupError, ValueError) as error:
            # A limit may have cut the last character in two: that is no reason to doubt the rest.
            if (
                isinstance(error, UnicodeDecodeError)
                and error.start > len(data) - 4
                and error.start > 0
            ):
                return data[: error.start].decode(charset, "replace")
    return data.decode("latin-1")


@functools.lru_cache(64)
def _charsets(content_type: str) -> tuple[str, ...]:
    """Return the charsets that a text of this type may be in, the likeliest first."""
    declared = _CHARSET.search(content_type)
    charsets = ["utf-8-sig", "gb18030"]
    if declared and declared[1].lower() not in ("utf-8", "utf8"):
        is_sure = declared[1].lower().startswith(("gb", "utf-16", "big5"))
        charsets.insert(0 if is_sure else 1, declared[1])
    return tuple(charsets)


def parse_json(data: bytes) -> Any:
    """Return the JSON value in `data`, or None. Whatever the Content-Type says: it is JSON when
    the first byte that is not blank opens an object or an array; a JSONP call is unwrapped."""
    if len(data) > MAX_PARSED:
        return None  # cut, it would be no JSON, and finding that out is dear
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if data[:1] not in (b"{", b"["):
        call = _JSONP.match(data[:128])
        inner = data[call.end() :].rstrip(b"; \t\r\n") if call else b""
        if not inner.endswith(b")"):
            return None
        data = inner[:-1].strip()
        if data[:1] not in (b"{", b"["):
            return None
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass
    try:
        # What msgspec refuses and servers send all the same: lone surrogates, GBK, raw newlines.
        return json.loads(
            data.decode("utf-8", "replace"), strict=False, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def parse_xml(data: bytes) -> tuple[tuple[str, str], ...] | None:
    """Return the child elements of the root as (name, text) in document order, or None.

    Character data is neither trimmed nor changed: WeChat Pay v2 signs it as it is. A DOCTYPE is
    refused, so no entity is ever expanded.
    """
    data = data[:MAX_PARSED].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not data.startswith(b"<") or data[:9].lower().startswith((b"<!doctype", b"<html")):
        return None
    # What is valid UTF-8 is that, whatever the declaration says: WeChat Pay reads it so, and
    # programs declare what their platform calls its charset.
    fields = _children(data, "utf-8")
    if fields is None and b"encoding" in data[:200]:
        return _children(data, None)
    return fields


def _children(data: bytes, charset: str | None) -> tuple[tuple[str, str], ...] | None:
    reader = _FlatXml()
    parser = expat.ParserCreate(charset)
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.buffer_text = True
    try:
        parser.Parse(data, True)  # noqa: FBT003  (expat's own signature)
    except (expat.ExpatError, ValueError, LookupError):
        return None
    return tuple(reader.fields)


class _FlatXml:
    """Collects the root's children; text of deeper elements counts to the child around it."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.depth = 0
        self.name = ""
        self.text: list[str] = []

    def refuse(self, *_: object) -> None:
        raise ValueError("a DOCTYPE is not read")

    def start(self, name: str, _: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH or len(self.fields) > MAX_FIELDS:
            raise ValueError("too deep or too long")
        if self.depth == 2:
            self.name, self.text = name, []

    def end(self, _: str) -> None:
        if self.depth == 2:
            self.fields.append((self.name, "".join(self.text)))
        self.depth -= 1

    def characters(self, text: str) -> None:
        if self.depth >= 2:
            self.text.append(text)


def parse_form(data: bytes | str) -> tuple[tuple[str, str], ...]:
    """Return the fields of a query or an `application/x-www-form-urlencoded` body, decoded once."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    data = data[:MAX_PARSED]
    split = [pair.partition(b"=") for pair in data.split(b"&", MAX_FIELDS)[:MAX_FIELDS] if pair]
    is_encoded = data.find(b"%") >= 0 or data.find(b"+") >= 0
    decoded = _form_decoded if is_encoded else header_text
    return tuple([(decoded(name), decoded(value)) for name, _, value in split])


def _form_decoded(value: bytes) -> str:
    return header_text(unquote_to_bytes(value.replace(b"+", b" ")))
