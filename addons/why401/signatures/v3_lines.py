"""Lines of a v3 request joined wrongly."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from itertools import permutations

from why401.signatures.engine import Mistake
from why401.signatures.v3_message import (
    BODY,
    FRAME,
    METHOD,
    NONCE,
    TIMESTAMP,
    URL,
    Frame,
    V3Message,
    five_lines,
)

_LINES = (METHOD, URL, TIMESTAMP, NONCE, BODY)


def _frame(joiner: bytes, ending: bytes, order: tuple[int, ...] = _LINES) -> Frame:
    def framed(*lines: bytes) -> bytes:
        return joiner.join([lines[index] for index in order]) + ending

    return framed


def _hashed(render: Callable[[bytes], bytes]) -> Frame:
    return lambda *lines: render(hashlib.sha256(five_lines(*lines)).digest())


def _http_request(method: bytes, url: bytes, timestamp: bytes, nonce: bytes, body: bytes) -> bytes:
    return b"%b %b HTTP/1.1\n%b\n%b\n%b\n" % (method, url, timestamp, nonce, body)


_NO_FINAL_NEWLINE = _frame(b"\n", b"")
_FOUR_LINES = (_frame(b"\n", b"\n", _LINES[:4]), _frame(b"\n", b"", _LINES[:4]))
_EXTRA_NEWLINE = (
    _frame(b"\n", b"\n\n"),
    _frame(b"\n", b"\n\n\n"),
    lambda *lines: b"\n" + five_lines(*lines),
)
_CRLF = (_frame(b"\r\n", b"\r\n"), _frame(b"\r\n", b""), _frame(b"\r", b"\r"))
_LITERAL = (
    _frame(rb"\n", rb"\n"),
    _frame(rb"\n", b""),
    _frame(rb"\n", b"\n"),
    _frame(b"\n", rb"\n"),
    _frame(b"/n", b"/n"),
)
_JOINERS = tuple(
    _frame(joiner, ending)
    for joiner in (b"", b" ", b"&", b",", b"|", b" \n", b"\n ")
    for ending in ((b"", joiner) if joiner else (b"",))
)
_INDENTED = tuple(
    _frame(b"\n" + indent, ending)
    for indent in (b"  ", b"    ", b"      ", b"        ", b"\t", b"\t\t")
    for ending in (b"\n", b"\n" + indent, b"")
)
"""A template over several lines of source."""
_SWAPPED = _frame(b"\n", b"\n", (METHOD, URL, NONCE, TIMESTAMP, BODY))
_ORDERS = tuple(
    _frame(b"\n", b"\n", order)
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
_ALL_ORDERS = tuple(_frame(b"\n", b"\n", order) for order in permutations(_LINES))
_DOUBLE_HASH = (
    _hashed(lambda digest: digest),
    _hashed(lambda digest: digest.hex().encode()),
    _hashed(lambda digest: digest.hex().upper().encode()),
    _hashed(b64encode),
)


def _recoded(charset: str) -> Frame:
    return lambda *lines: five_lines(*lines).decode("utf-8", "replace").encode(charset)


_UTF16 = (_recoded("utf-16-le"), _recoded("utf-16-be"))
"""What .NET calls Unicode."""


def _frames(*frames: Frame) -> Callable[[V3Message, Frame], Iterator[Frame]]:
    return lambda _, __: iter(frames)


def _empty_line_missing(claim: V3Message, _: Frame) -> Iterator[Frame]:
    if not claim.body:
        yield from _FOUR_LINES


LINE_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v3-missing-empty-line", FRAME, _empty_line_missing),
    Mistake("v3-no-final-newline", FRAME, _frames(_NO_FINAL_NEWLINE)),
    Mistake("v3-crlf-lines", FRAME, _frames(*_CRLF), at_once=2),
    Mistake("v3-literal-backslash-n", FRAME, _frames(*_LITERAL), at_once=3),
    Mistake("v3-extra-newline", FRAME, _frames(*_EXTRA_NEWLINE), at_once=2),
    Mistake("v3-ts-nonce-swapped", FRAME, _frames(_SWAPPED), also=("v3-line-order",)),
    Mistake("v3-line-order", FRAME, _frames(*_ORDERS), at_once=5),
    Mistake("v3-double-hash", FRAME, _frames(*_DOUBLE_HASH), at_once=2),
    Mistake("v3-joiner", FRAME, _frames(*_JOINERS, *_INDENTED), at_once=0),
    Mistake("v3-body-charset", FRAME, _frames(*_UTF16), at_once=0),
    Mistake("v3-http-version", FRAME, _frames(_http_request), at_once=0),
    Mistake("v3-line-order", FRAME, _frames(*_ALL_ORDERS), is_wide=True),
)
