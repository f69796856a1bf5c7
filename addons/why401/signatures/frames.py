"""Frames: what joins the lines of a text that is signed, and how clients get that wrong.

A frame takes the lines and gives the text. Requests of API v3 have five lines, paySigns four, each
ended by a newline; the mistakes are the same.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence

type Frame = Callable[..., bytes]


def joined(joiner: bytes, ending: bytes, order: Sequence[int] | None = None) -> Frame:
    """Return the frame that puts `joiner` between the lines, all of them or those in `order`, and
    `ending` behind the last."""

    def framed(*lines: bytes) -> bytes:
        shown = lines if order is None else [lines[index] for index in order]
        return joiner.join(shown) + ending

    return framed


def double_hashed(right: Frame) -> tuple[Frame, ...]:
    """Return the frames that give the SHA-256 of the right text, as bytes, in hexadecimal and in
    base64: the signer hashes it again."""

    def hashed(render: Callable[[bytes], bytes]) -> Frame:
        return lambda *lines: render(hashlib.sha256(right(*lines)).digest())

    return (
        hashed(lambda digest: digest),
        hashed(lambda digest: digest.hex().encode()),
        hashed(lambda digest: digest.hex().upper().encode()),
        hashed(b64encode),
    )


def always[F](*frames: F) -> Callable[[object, F], Iterator[F]]:
    """Return the variants of a mistake that are the same `frames` whatever was to be signed."""
    return lambda _claim, _right: iter(frames)
