"""A capture file opened and read by what it holds, whatever its name."""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path

from why401.capture.entry import Capture
from why401.capture.errors import CaptureError
from why401.capture.har import read_har

MAX_UNPACKED = 2 << 30
"""Bytes that a compressed capture may unpack to."""

_TNETSTRING = re.compile(rb"[0-9]{1,12}:")
_ZLIB_HEADS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_STEP = 1 << 20


def read_capture(path: str) -> Capture:
    """Return the capture in the file at `path`, `-` being standard input.

    HAR in all its variants, gzip and zlib (`.zhar`) around it, and mitmproxy flow files. Raises
    CaptureError where the file is missing or holds no capture; one that ends too early gives
    what there is, and says so in `Capture.error`.
    """
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise CaptureError(path, f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise CaptureError(path, "cannot be read: this is no file name") from None
    return capture_from_bytes(data, path)


def capture_from_bytes(data: bytes, path: str) -> Capture:
    """Return the capture in `data`; see `read_capture`."""
    cut_off = False
    # Some tools compress what they were handed compressed already.
    for _ in range(2):
        if data.startswith((b"\x1f\x8b", *_ZLIB_HEADS)):
            data, complete = _unpacked(data, path)
            cut_off = cut_off or not complete
    if not data.strip():
        raise CaptureError(path, "is empty")
    if _TNETSTRING.match(data):
        # mitmproxy takes 170 ms to import: only a file of its own is worth that.
        from why401.capture.flows import read_flows

        capture: Capture = read_flows(data, path)
    else:
        capture = read_har(data, path)
    if cut_off and capture.error is None:
        capture.error = CaptureError(path, "is cut off: the compressed data ends too early")
    return capture


def _unpacked(data: bytes, path: str) -> tuple[bytes, bool]:
    """Return what gzip (of one or several members) or zlib holds, and whether that is all."""
    parts: list[bytes] = []
    size = 0
    rest = data
    while rest:
        unpacker = zlib.decompressobj(47)
        try:
            while rest and not unpacker.eof:
                part = unpacker.decompress(rest, _STEP)
                rest = unpacker.unconsumed_tail
                parts.append(part)
                size += len(part)
                if size > MAX_UNPACKED:
                    raise CaptureError(path, f"unpacks to more than {MAX_UNPACKED >> 20} MiB")
        except zlib.error:
            if not parts:
                raise CaptureError(path, "is compressed, but damaged") from None
            return b"".join(parts), False
        if not unpacker.eof:
            return b"".join(parts), False
        rest = unpacker.unused_data.lstrip(b"\0")
        if rest[:2] != b"\x1f\x8b":
            break
    return b"".join(parts), True
