"""How gRPC refuses: with a status of its own, under HTTP 200.

The status stands in a field: among the trailers, in the head of an answer that is nothing else
("Trailers-Only"), or, for browsers, in a frame of the body.
Sources, in github.com/grpc/grpc: doc/PROTOCOL-HTTP2.md, "Responses" (the fields, the encoding of
the message, Trailers-Only); doc/PROTOCOL-WEB.md, "Message framing" and "Text-encoded streams"
(trailers in the body, base64); include/grpc/status.h (which HTTP status each number stands for).
"""

from __future__ import annotations

import binascii
import urllib.parse
from collections.abc import Iterable

import msgspec

from why401.later import regex

MAX_FRAMES = 4096
MAX_MESSAGE = 2048
_STATUSES = {b"16": 401, b"7": 403}
"""UNAUTHENTICATED and PERMISSION_DENIED."""
_STATUS, _MESSAGE = b"grpc-status", b"grpc-message"
_TRAILERS = b"\x80"
"""The flag of a frame that holds trailers; `gAAA` is how it begins in base64."""
_IN_FRAME = regex(rb"(?i)grpc-status:\s?(16|7)\r?(?:\n|$)")
_MESSAGE_IN_FRAME = regex(rb"(?i)grpc-message:\s?([^\r\n]{0,2048})")

type Fields = Iterable[tuple[bytes, bytes]]


class GrpcRefusal(msgspec.Struct, frozen=True):
    """What gRPC says: the HTTP status that its own stands for, and its message."""

    status: int
    message: str


def may_refuse(content: bytes | None) -> bool:
    """Return whether an answer to a POST has the look of one that gRPC refuses with: nothing in
    its body, or trailers. For all healthy traffic."""
    return not content or content[:1] == _TRAILERS or content[:4] == b"gAAA"


def grpc_refusal(fields: Fields, content: bytes | None) -> GrpcRefusal | None:
    """Return how an answer with the head and trailers `fields` refuses; None where it does not."""
    if content:
        return _in_frame(content[:MAX_FRAMES])
    status, message = 0, b""
    for key, value in fields:
        if len(key) == len(_STATUS) and key.lower() == _STATUS:
            status = _STATUSES.get(value.strip(), 0)
        elif len(key) == len(_MESSAGE) and key.lower() == _MESSAGE:
            message = value
    return GrpcRefusal(status, _text(message)) if status else None


def _in_frame(content: bytes) -> GrpcRefusal | None:
    if content[:1] != _TRAILERS:
        try:
            content = binascii.a2b_base64(content[: len(content) // 4 * 4])
        except binascii.Error:
            return None
    found = _IN_FRAME.search(content) if content[:1] == _TRAILERS else None
    if found is None:
        return None
    message = _MESSAGE_IN_FRAME.search(content)
    return GrpcRefusal(_STATUSES[found[1]], _text(message[1] if message else b""))


def _text(message: bytes) -> str:
    """Return a message, which is percent-encoded UTF-8."""
    return urllib.parse.unquote_to_bytes(message[:MAX_MESSAGE]).decode("utf-8", "replace")
