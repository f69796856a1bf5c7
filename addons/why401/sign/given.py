"""What `why401 sign` is given: a curl command, a raw HTTP request, a HAR entry, or a body alone."""

from __future__ import annotations

import base64
import binascii
import json
import re
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from why401.case.bodies import parse_form, parse_json, parse_xml
from why401.later import regex

MAX_BYTES = 4 << 20

_REQUEST_LINE = regex(r"([A-Z]{3,10}) (\S{1,8000})(?: HTTP/[0-9.]{1,3})?\r?\n")
_WITH_VALUE = frozenset(
    {"-X", "--request", "-H", "--header", "-d", "--data", "--data-raw", "--data-binary",
     "--data-ascii", "--json", "--url", "-A", "--user-agent", "-e", "--referer", "-u", "--user",
     "-b", "--cookie", "-o", "--output", "--cert", "--key", "--cacert", "-x", "--proxy", "-m",
     "--max-time", "--connect-timeout", "--data-urlencode", "-F", "--form"}
)  # fmt: skip
_DATA = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})


class SignInput(msgspec.Struct, frozen=True):
    """A message as far as the input tells it; `url` is path and query, `host` the server."""

    method: str = ""
    host: str = ""
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    json: Any = msgspec.field(default=None)

    def header(self, name: str) -> str:
        """Return the first header field called `name`, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """The fields of API v2: of the XML body, else of the query."""
        return parse_xml(self.body) or parse_form(self.url.partition("?")[2])


def read_input(data: bytes) -> SignInput:
    """Return what `data` is; raises ValueError saying what was expected."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES >> 20} MiB")
    text = data.decode("utf-8", "surrogateescape").lstrip("\ufeff \t\r\n")
    if not text:
        raise ValueError("is empty")
    if re.match(r"curl(\.exe)?\s", text):
        return _from_curl(text)
    if _REQUEST_LINE.match(text):
        return _from_raw(text)
    value = parse_json(data)
    if isinstance(value, Mapping) and isinstance(value.get("request"), Mapping):
        return _from_har(value["request"])
    body = data.removeprefix(b"\xef\xbb\xbf")
    if value is not None or parse_xml(body) is not None:
        return SignInput(body=body, json=value)
    raise ValueError("is no curl command, HTTP request, HAR entry, XML or JSON body")


def _from_curl(text: str) -> SignInput:
    try:
        words = shlex.split(text.replace("\\\r\n", " ").replace("\\\n", " "))
    except ValueError as error:
        raise ValueError(f"is no complete curl command: {error}") from None
    method, url = "", ""
    headers: list[tuple[str, str]] = []
    data: list[str] = []
    at = 1
    while at < len(words):
        word = words[at]
        name, sign, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name in _WITH_VALUE and not sign:
            at += 1
            value = words[at] if at < len(words) else ""
        if name in ("-X", "--request"):
            method = value
        elif name in ("-H", "--header"):
            key, _, text_value = value.partition(":")
            headers.append((key.strip(), text_value.strip()))
        elif name in _DATA:
            data.append(value)
        elif name == "--url" or not word.startswith("-"):
            url = value if name == "--url" else word
        at += 1
    host, target = _split(url)
    body = "&".join(data).encode("utf-8", "surrogateescape")
    return SignInput(
        (method or ("POST" if data else "GET")).upper(), host, target, tuple(headers), body,
        parse_json(body),
    )  # fmt: skip


def _from_raw(text: str) -> SignInput:
    head, _, body_text = text.replace("\r\n", "\n").partition("\n\n")
    # Line ends inside the body are kept as they are: they are signed.
    for mark in ("\r\n\r\n", "\n\n"):
        if mark in text:
            body_text = text.partition(mark)[2]
            break
    first, *lines = head.split("\n")
    method, _, rest = first.partition(" ")
    host, target = _split(rest.rpartition(" HTTP/")[0] or rest)
    pairs = [line.partition(":") for line in lines if ":" in line]
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    host = host or next((value for name, value in headers if name.lower() == "host"), "")
    body = body_text.encode("utf-8", "surrogateescape")
    return SignInput(method, host, target, headers, body, parse_json(body))


def _from_har(request: Mapping[str, Any]) -> SignInput:
    host, target = _split(str(request.get("url", "")))
    items = request.get("headers")
    headers = tuple(
        (str(item.get("name", "")), str(item.get("value", "")))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, Mapping)
    )
    posted = request.get("postData")
    text = posted.get("text", "") if isinstance(posted, Mapping) else ""
    body = str(text).encode("utf-8", "surrogatepass")
    if isinstance(posted, Mapping) and posted.get("encoding") == "base64":
        try:
            body = base64.b64decode(body, validate=True)
        except binascii.Error:
            raise ValueError("holds a postData that is not base64") from None
    return SignInput(
        str(request.get("method", "GET")).upper(), host, target, headers, body, parse_json(body)
    )


def _split(url: str) -> tuple[str, str]:
    if "://" not in url.partition("?")[0]:
        return "", url
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise ValueError(f"holds a URL that is none: {json.dumps(url[:80])}") from None
    rest = url.partition("://")[2]
    at = next((index for index, character in enumerate(rest) if character in "/?#"), len(rest))
    target = rest[at:].partition("#")[0]
    return host, target if target.startswith("/") else "/" + target
