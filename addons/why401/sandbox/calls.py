"""What a site of the sandbox is asked and what it answers, free of sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec

from why401.model import Headers

MAX_FIELDS = 200
MAX_KEPT = 1000


class Call(msgspec.Struct, frozen=True):
    """One request as the sandbox received it; `now_s` is the sandbox's clock, Unix seconds."""

    method: str
    scheme: str
    host: str
    target: bytes
    headers: Headers
    body: bytes
    now_s: float
    client: str = "127.0.0.1"
    certificate_serial: str = ""
    """The number of the certificate that the client showed in the handshake, upper-case
    hexadecimal; empty where it showed none."""

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return self.target.decode("latin-1").partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The decoded query; of a repeated name the last value counts."""
        return pairs(self.target.decode("latin-1").partition("?")[2])

    @property
    def form(self) -> dict[str, str]:
        """The body read as a form; empty where it is none."""
        return pairs(self.body.decode("utf-8", "replace"))

    @property
    def json(self) -> dict[str, Any]:
        """The body read as a JSON object; empty where it is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        """Return the first header field called `name`, "" where there is none."""
        return self.headers.text(name) or ""


def pairs(text: str) -> dict[str, str]:
    """Return the names and values of a form or query; empty where there are too many."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return {}


def keep[V](kept: dict[str, V], key: str, value: V) -> None:
    """Remember `value`; beyond MAX_KEPT entries the oldest is forgotten."""
    if key not in kept and len(kept) >= MAX_KEPT:
        del kept[next(iter(kept))]
    kept[key] = value


class Answer(msgspec.Struct, frozen=True):
    """One response; `Date`, `Server` and `Content-Length` are added when it is sent."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def plus(self, *headers: tuple[str, str]) -> Answer:
        """Return the same answer with further header fields."""
        return Answer(self.status, self.body, (*self.headers, *headers))


class Site(Protocol):
    """One host family: the names it answers to, and its answers."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names of this family, lower case."""

    def answer(self, call: Call) -> Answer:
        """Return the answer; called by one thread at a time."""


def json_answer(
    status: int,
    value: Mapping[str, Any],
    *headers: tuple[str, str],
    content_type: str = "application/json",
) -> Answer:
    """Return compact UTF-8 JSON, as most servers write it."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, (("Content-Type", content_type), *headers))


def text_answer(
    status: int, text: str, *headers: tuple[str, str], content_type: str = "text/plain"
) -> Answer:
    """Return UTF-8 text."""
    return Answer(status, text.encode(), (("Content-Type", content_type), *headers))
