"""Base64 as it stands in credentials: decoded in spite of small faults, every fault named."""

from __future__ import annotations

import base64
import binascii

from why401.later import regex
from why401.masking import Unshown

_ALPHABET = regex(r"[A-Za-z0-9+/_-]*+")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Decoded(Unshown, frozen=True):
    """What a base64 text holds; `data` is None where it is none. The rest says how it was written.

    `padding` is the number of `=` sent. `is_canonical` is False where bits beyond the last byte
    are set, which no encoder does (RFC 4648 section 3.5).
    """

    data: bytes | None
    padding: int = 0
    is_padded_right: bool = True
    has_standard: bool = False
    has_url_safe: bool = False
    is_canonical: bool = True


def decode_base64(text: str) -> Decoded:
    """Return what `text` holds in either alphabet, padded or not; blanks are not skipped."""
    body = text.rstrip("=")
    padding = len(text) - len(body)
    if len(body) % 4 == 1 or not _ALPHABET.fullmatch(body):
        return Decoded(None, padding)
    standard = body.replace("-", "+").replace("_", "/")
    missing = -len(body) % 4
    try:
        data = base64.b64decode(standard + "=" * missing)
    except (binascii.Error, ValueError):
        return Decoded(None, padding)
    spare_bits = {0: 0, 2: 0b1111, 1: 0b11}[missing]
    return Decoded(
        data,
        padding,
        is_padded_right=padding == missing,
        has_standard="+" in body or "/" in body,
        has_url_safe="-" in body or "_" in body,
        is_canonical=not (spare_bits and _LETTERS.index(standard[-1]) & spare_bits),
    )
