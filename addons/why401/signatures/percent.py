"""Percent-encoding of bytes, in the ways in which the languages' libraries differ."""

from __future__ import annotations

import string
from collections.abc import Iterable

_UNRESERVED = frozenset((string.ascii_letters + string.digits + "_.-~").encode())
_UPPER = [bytes([byte]) if byte in _UNRESERVED else b"%%%02X" % byte for byte in range(256)]
_PLAIN = [bytes([byte]) for byte in range(256)]
_LOWER = [each if len(each) == 1 else b"%%%02x" % byte for byte, each in enumerate(_UPPER)]
JAVASCRIPT = b"!*'()"
"""What encodeURIComponent leaves alone besides."""


def percent(data: bytes, safe: Iterable[int] = b"") -> bytes:
    """Return `data` with all but unreserved characters (RFC 3986 2.3) and `safe` encoded."""
    encoded = b"".join([_UPPER[byte] for byte in data])
    for byte in safe:
        # Each `%` begins an escape, so nothing else is met.
        encoded = encoded.replace(_UPPER[byte], _PLAIN[byte])
    return encoded


def percent_lower(data: bytes) -> bytes:
    """Return `data` encoded with hexadecimal digits in lower case."""
    return b"".join([_LOWER[byte] for byte in data])


def plus(encoded: bytes) -> bytes:
    """Return encoded text as forms have it: `+` for a blank."""
    return encoded.replace(b"%20", b"+")
