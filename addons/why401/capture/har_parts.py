"""The parts of a HAR entry that are read, strictly and fast or leniently and slower.

Strict means: of the types that HAR 1.2 prescribes, which is what nearly every file holds; then
msgspec decodes straight into these structs; whatever has other types goes through `lenient`. None
can be part of a cycle, so the garbage collector need not know them (`gc=False`).
Source: HAR 1.2, w3c.github.io/web-performance/specs/HAR/Overview.html
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

type Number = int | float | None

FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the strict decoders raise on what is not as they expect."""


class Field(Struct, gc=False):
    """A header field; `raw` (name and value in base64, `:` between) says what text cannot."""

    name: str
    value: str
    raw: str | None = field(name="_raw", default=None)


class PostData(Struct, gc=False):
    """A request body."""

    mime: str | None = field(name="mimeType", default=None)
    text: str | None = None
    params: Any = None
    encoding: str | None = field(name="_encoding", default=None)
    encoding_plain: str | None = field(name="encoding", default=None)
    size: Number = field(name="_size", default=None)
    exact: bool | None = field(name="_exact", default=None)
    complete: bool | None = field(name="_complete", default=None)
    decoded: bool | None = field(name="_decoded", default=None)


class Target(Struct, gc=False):
    """What of a request a URL cannot hold; `target` is base64."""

    scheme: str
    host: str
    port: int
    target: str


class Request(Struct, gc=False):
    """The request of an entry."""

    url: str
    method: str = "GET"
    version: str | None = field(name="httpVersion", default=None)
    headers: list[Field] = []
    cookies: Any = None
    body: PostData | None = field(name="postData", default=None)
    body_size: Number = field(name="bodySize", default=None)
    missing: bool | None = field(name="_missing", default=None)
    raw: Target | None = field(name="_raw", default=None)
    comment: str | None = None


class Content(Struct, gc=False):
    """A response body."""

    size: Number = None
    mime: str | None = field(name="mimeType", default=None)
    text: str | None = None
    encoding: str | None = None
    exact: bool | None = field(name="_exact", default=None)
    complete: bool | None = field(name="_complete", default=None)
    decoded: bool | None = field(name="_decoded", default=None)
    missing: bool | None = field(name="_missing", default=None)


class Response(Struct, gc=False):
    """The response of an entry; `status` 0 or less: no answer came."""

    status: int = 0
    reason: str | None = field(name="statusText", default=None)
    version: str | None = field(name="httpVersion", default=None)
    headers: list[Field] = []
    trailers: list[Field] | None = field(name="_trailers", default=None)
    content: Content | None = None
    body_size: Number = field(name="bodySize", default=None)
    error: str | None = field(name="_error", default=None)
    comment: str | None = None


class Timings(Struct, gc=False):
    """Milliseconds; -1 or None: does not apply or is not known."""

    blocked: Number = None
    dns: Number = None
    connect: Number = None
    send: Number = None
    wait: Number = None
    receive: Number = None
    ssl: Number = None


class Message(Struct, gc=False):
    """A WebSocket message; `time` is Unix seconds."""

    kind: str = field(name="type", default="receive")
    time: Number = None
    opcode: int = 1
    data: str = ""
    encoding: str | None = field(name="_encoding", default=None)


class Whole(Struct, gc=False):
    """Everything that is read from one entry."""

    request: Request
    started: str = field(name="startedDateTime", default="")
    response: Response | None = None
    timings: Timings | None = None
    server_ip: str | None = field(name="serverIPAddress", default=None)
    server_port: Number = field(name="_serverPort", default=None)
    server: str | None = field(name="connection", default=None)
    client: str | None = field(name="_client", default=None)
    client_address: str | None = field(name="_clientAddress", default=None)
    messages: list[Message] | None = field(name="_webSocketMessages", default=None)
    error: str | None = field(name="_error", default=None)
    page: str | None = field(name="pageref", default=None)
    sanitised: bool | None = field(name="_sanitised", default=None)
    comment: str | None = None
    diagnosis: Any = field(name="_why401", default=None)


class TimedRequest(Struct, gc=False):
    """A request as far as it is remembered that it worked."""

    url: str
    method: str = "GET"
    headers: list[Field] = []


class Timed(Struct, gc=False):
    """An entry as far as it is remembered that its request worked."""

    request: TimedRequest
    started: str = field(name="startedDateTime", default="")
    timings: Timings | None = None


WHOLE = msgspec.json.Decoder(Whole)
TIMED = msgspec.json.Decoder(Timed)
TIMEDS = msgspec.json.Decoder(list[Timed])
