"""Lines of a v3 request joined wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from why401.signatures.engine import Mistake
from why401.signatures.frames import Frame, always, double_hashed, joined
from why401.signatures.v3_message import (
    BODY,
    FRAME,
    METHOD,
    NONCE,
    TIMESTAMP,
    URL,
    V3Message,
    five_lines,
)

_LINES = (METHOD, URL, TIMESTAMP, NONCE, BODY)


def _http_request(method: bytes, url: bytes, timestamp: bytes, nonce: bytes, body: bytes) -> bytes:
    return b"%b %b HTTP/1.1\n%b\n%b\n%b\n" % (method, url, timestamp, nonce, body)


_NO_FINAL_NEWLINE = joined(b"\n", b"")
_FOUR_LINES = (joined(b"\n", b"\n", _LINES[:4]), joined(b"\n", b"", _LINES[:4]))
_EXTRA_NEWLINE = (
    joined(b"\n", b"\n\n"),
    joined(b"\n", b"\n\n\n"),
    lambda *lines: b"\n" + five_lines(*lines),
)
_CRLF = (joined(b"\r\n", b"\r\n"), joined(b"\r\n", b""), joined(b"\r", b"\r"))
_LITERAL = (
    joined(rb"\n", rb"\n"),
    joined(rb"\n", b""),
    joined(rb"\n", b"\n"),
    joined(b"\n", rb"\n"),
    joined(b"/n", b"/n"),
)
_JOINERS = tuple(
    joined(joiner, ending)
    for joiner in (b"", b" ", b"&", b",", b"|", b" \n", b"\n ")
    for ending in ((b"", joiner) if joiner else (b"",))
)
_INDENTED = tuple(
    joined(b"\n" + indent, ending)
    for indent in (b"  ", b"    ", b"      ", b"        ", b"\t", b"\t\t")
    for ending in (b"\n", b"\n" + indent, b"")
)
"""A template over several lines of source."""
_SWAPPED = joined(b"\n", b"\n", (METHOD, URL, NONCE, TIMESTAMP, BODY))
_ORDERS = tuple(
    joined(b"\n", b"\n", order)
    for order in (
        (TIMESTAMP, NONCE, METHOD, URL, BODY),
        (TIMESTAMP, NONCE, BODY),
        (URL, METHOD, TIMESTAMP, NONCE, BODY),
        (METHOD, URL, BODY, TIMESTAMP, NONCE),
        (METHOD, URL, TIMESTAMP, BODY, NONCE),
        (METHOD, URL, BODY, NONCE, TIMESTAMP),
        (URL, TIMESTAMP, NONCE, BODY),
        (METHOD, TIMESTAMP, NONCE, BODY),
        (METHOD, URL, NONCE, BODY),
        (METHOD, URL, TIMESTAMP, BODY),
        (BODY,),
    )
)
_ALL_ORDERS = tuple(joined(b"\n", b"\n", order) for order in permutations(_LINES))


def _recoded(charset: str) -> Frame:
    return lambda *lines: five_lines(*lines).decode("utf-8", "replace").encode(charset)


_UTF16 = (_recoded("utf-16-le"), _recoded("utf-16-be"))
"""What .NET calls Unicode."""


def _empty_line_missing(claim: V3Message, _: Frame) -> Iterator[Frame]:
    if not claim.body:
        yield from _FOUR_LINES


LINE_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v3-missing-empty-line", FRAME, _empty_line_missing),
    Mistake("v3-no-final-newline", FRAME, always(_NO_FINAL_NEWLINE)),
    Mistake("v3-crlf-lines", FRAME, always(*_CRLF), at_once=2),
    Mistake("v3-literal-backslash-n", FRAME, always(*_LITERAL), at_once=3),
    Mistake("v3-extra-newline", FRAME, always(*_EXTRA_NEWLINE), at_once=2),
    Mistake("v3-ts-nonce-swapped", FRAME, always(_SWAPPED), also=("v3-line-order",)),
    Mistake("v3-line-order", FRAME, always(*_ORDERS), at_once=5),
    Mistake("v3-double-hash", FRAME, always(*double_hashed(five_lines)), at_once=2),
    Mistake("v3-joiner", FRAME, always(*_JOINERS, *_INDENTED), at_once=0),
    Mistake("v3-body-charset", FRAME, always(*_UTF16), at_once=0),
    Mistake("v3-http-version", FRAME, always(_http_request), at_once=0),
    Mistake("v3-line-order", FRAME, always(*_ALL_ORDERS), is_wide=True),
)
