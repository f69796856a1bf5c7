"""The parts that a HAR's request and response have in common: fields, cookies, bodies."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from why401.capture.har_dates import unix_seconds
from why401.capture.har_text import field_values, header_bytes
from why401.case.bodies import decoded_content
from why401.model import Body, Headers, header_text
from why401.report.har_timings import iso_date_time

MAX_LISTED = 1000
"""Cookies and query fields that are listed apart; the header and the URL hold them all."""


def clean(text: str) -> str:
    """Return `text` as valid Unicode: lone surrogates become U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def field_list(headers: Headers) -> list[dict[str, str]]:
    """Return the header fields as name and value, and as `_raw` bytes where text loses them. They
    are shared between lists, and nobody may change them."""
    return [_field(name, value) for name, value in headers.fields]


@functools.lru_cache(1024)
def _field(name: bytes, value: bytes) -> dict[str, str]:
    name_text, value_text = header_text(name), header_text(value)
    field = {"name": name_text, "value": value_text}
    is_read_so = header_bytes(name_text) == name and header_bytes(value_text) == value
    if name[:1] == b":" or not is_read_so or field_values(name_text, value_text) != [value_text]:
        field["_raw"] = f"{_base64(name)}:{_base64(value)}"
    return field


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def query_list(query: str) -> list[dict[str, str]]:
    """Return the fields of a query, decoded."""
    if not query:
        return []
    fields = []
    for pair in query.split("&", MAX_LISTED)[:MAX_LISTED]:
        if pair:
            name, _, value = pair.partition("=")
            fields.append({"name": _decoded(name), "value": _decoded(value)})
    return fields


def _decoded(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    return header_text(unquote_to_bytes(text.replace("+", " ")))


def sent_cookies(headers: Headers) -> list[dict[str, Any]]:
    """Return the cookies of a request."""
    return [
        {"name": name.strip(), "value": value.strip()}
        for line in headers.texts("cookie")
        for name, separator, value in _pairs(line)
        if separator
    ][:MAX_LISTED]


def _pairs(line: str) -> Iterable[tuple[str, str, str]]:
    return (part.partition("=") for part in line.split(";", MAX_LISTED)[:MAX_LISTED])


def set_cookies(headers: Headers) -> list[dict[str, Any]]:
    """Return the cookies that a response sets, with their attributes."""
    cookies = []
    for line in headers.texts("set-cookie")[:MAX_LISTED]:
        (name, _, value), *attributes = _pairs(line)
        cookie: dict[str, Any] = {"name": name.strip(), "value": value.strip()}
        for key, _, text in attributes:
            match key.strip().lower():
                case "path":
                    cookie["path"] = text.strip()
                case "domain":
                    cookie["domain"] = text.strip()
                case "expires":
                    moment = unix_seconds(text.strip())
                    if moment is not None:
                        cookie["expires"] = iso_date_time(moment)
                case "httponly":
                    cookie["httpOnly"] = True
                case "secure":
                    cookie["secure"] = True
                case "samesite":
                    cookie["sameSite"] = text.strip()
        cookies.append(cookie)
    return cookies


def body_text(body: Body, headers: Headers) -> tuple[dict[str, Any], bytes, int]:
    """Return what a HAR says about a body: its text with encoding and marks, its bytes as
    shown (without Content-Encoding where that can be undone whole), its length on the wire
    (-1: not known)."""
    encodings = ",".join(headers.texts("content-encoding")).lower().split(",")
    encoded = sum(encoding.strip() not in ("", "identity") for encoding in encodings)
    data, sent, marks = body.data, body.sent_bytes, dict[str, Any]()
    if encoded and not body.is_decoded and (data or not body.is_complete):
        content = decoded_content(body, headers) if encoded < 3 and body.is_complete else None
        if content is not None and content.is_decoded and content.is_complete:
            sent = len(data) if sent is None else sent
            data = content.data
        else:
            marks["_decoded"] = False
    length = sent if sent is not None else -1 if encoded and body.is_decoded else len(data)
    text = _text(data)
    if text is None:
        marks |= {"text": base64.b64encode(data).decode(), "encoding": "base64"}
    else:
        marks["text"] = text
    if not body.is_exact:
        marks["_exact"] = False
    if not body.is_complete:
        marks["_complete"] = False
    return marks, data, length


def _text(data: bytes) -> str | None:
    """Return UTF-8 as text; None for other bytes, and for text that looks damaged itself."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\ufffd" in text else text
