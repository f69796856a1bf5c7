"""The parts of a `multipart/form-data` upload, as far as signatures need them (RFC 7578)."""

from __future__ import annotations

import re

import msgspec

from why401.later import regex

MAX_PARTS = 16
MAX_HEAD = 4_096

_BOUNDARY = regex(r"boundary\s{0,4}=\s{0,4}\"?([^\";,\s]{1,200})", re.IGNORECASE)
_NAME = regex(rb"[;\s]name=\"?([^\";\r\n]{0,200})", re.IGNORECASE)
_FILENAME = regex(rb"[;\s]filename\*?=", re.IGNORECASE)


class Part(msgspec.Struct, frozen=True):
    """One part; `has_filename` says that its Content-Disposition names a file."""

    name: str
    data: bytes
    has_filename: bool


def parse_multipart(content_type: str, body: bytes) -> tuple[Part, ...] | None:
    """Return the parts in order; None where this is no multipart body."""
    if not content_type.lower().lstrip().startswith("multipart/"):
        return None
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return None
    mark = b"--" + boundary[1].encode("utf-8", "replace")
    parts: list[Part] = []
    for piece in body.split(mark, MAX_PARTS + 1)[1:]:
        if piece.startswith(b"--"):
            break
        # Clients that write their parts by hand may end lines with LF alone.
        newline = b"\r\n" if piece.startswith(b"\r") else b"\n"
        head, separator, data = piece.partition(newline * 2)
        if not separator or len(head) > MAX_HEAD:
            continue
        name = _NAME.search(head)
        parts.append(
            Part(
                name[1].decode("utf-8", "replace") if name else "",
                data.removesuffix(newline),
                has_filename=bool(_FILENAME.search(head)),
            )
        )
    return tuple(parts)
