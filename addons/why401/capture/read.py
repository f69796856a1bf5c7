"""A capture file opened and read by what it holds, whatever its name."""

from __future__ import annotations

from collections.abc import Callable

from why401.capture.entry import Capture
from why401.capture.errors import CaptureError
from why401.capture.har import read_har
from why401.capture.har_head import Look
from why401.capture.source import Source, open_source, source_from_bytes, to_utf8
from why401.later import regex

type Watch = Callable[[int, int], None]
"""Told how many bytes were read just now, and how many there are."""

_TNETSTRING = regex(rb"[0-9]{1,12}:")


def read_capture(path: str, look: Look | None = None, watch: Watch | None = None) -> Capture:
    """Return the capture in the file at `path`, `-` being standard input.

    HAR in all its variants, gzip and zlib (`.zhar`) around it, and mitmproxy flow files. With
    `look` it is noted at once which entries of a HAR need none. Raises CaptureError where the file
    is missing or holds no capture; one that ends too early gives what there is, and says so in
    `Capture.error`.
    """
    return _read(open_source(path), look, watch)


def capture_from_bytes(data: bytes, path: str, look: Look | None = None) -> Capture:
    """Return the capture in `data`; see `read_capture`."""
    return _read(source_from_bytes(data, path), look, None)


def _read(source: Source, look: Look | None, watch: Watch | None) -> Capture:
    try:
        if _TNETSTRING.match(source.head(16)):
            # mitmproxy takes 170 ms to import: only a file of its own is worth that.
            from why401.capture.flows import read_flows

            source.file.seek(0)
            capture: Capture = read_flows(source.file.read(), source.path)
            source.file.close()
        else:
            offset = to_utf8(source)
            capture = read_har(source.file, source.path, offset, look, watch)
    except BaseException as error:
        source.file.close()
        if isinstance(error, OSError):
            line = f"cannot be read: {error.strerror or error}"
            raise CaptureError(source.path, line) from None
        raise
    if source.is_cut_off and capture.error is None:
        capture.error = CaptureError(source.path, "is cut off: the compressed data ends too early")
    return capture
