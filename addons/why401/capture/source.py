"""A capture file opened: unpacked, brought into UTF-8, and so that it can be read twice.

Large files stay where they are. What comes through a pipe or has to be unpacked is kept in memory
up to a size, beyond that in a temporary file without a name that only its owner could read.
"""

from __future__ import annotations

import codecs
import io
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from why401.capture.errors import CaptureError

MAX_UNPACKED = 2 << 30
"""Bytes that a compressed capture may unpack to."""
HELD_BYTES = 16 << 20
"""Bytes of a file that are held in memory as a whole."""

_GZIP = b"\x1f\x8b"
_ZLIB_HEADS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_STEP = 1 << 20


class Source(msgspec.Struct):
    """The bytes of a capture; `is_cut_off` where compressed data ended too early."""

    path: str
    file: BinaryIO
    is_cut_off: bool = False

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        self.file.seek(0)
        return self.file.read(size)

    def replace(self, pieces: Iterator[bytes]) -> None:
        """Take `pieces`, which are made of what is here, in its place."""
        kept = _kept(pieces)
        self.file.close()
        self.file = kept


def open_source(path: str) -> Source:
    """Return the file at `path`, `-` being standard input, unpacked. Raises CaptureError."""
    try:
        return _unpacked(Source(path, _opened(path)))
    except OSError as error:
        raise CaptureError(path, f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise CaptureError(path, "cannot be read: this is no file name") from None


def source_from_bytes(data: bytes, path: str) -> Source:
    """Return `data` as the file that it is the content of."""
    return _unpacked(Source(path, io.BytesIO(data)))


def to_utf8(source: Source) -> int:
    """Turn the text into UTF-8, whichever Unicode it came in; return where it begins: behind its
    byte order mark."""
    head = source.head(4)
    if head.startswith(codecs.BOM_UTF8):
        return len(codecs.BOM_UTF8)
    charset = ""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        charset = "utf-16"
    elif head.count(0) == 2 and len(head) == 4:
        charset = "utf-16-le" if head[1] == 0 else "utf-16-be"
    if charset:
        source.replace(_recoded(source.file, charset))
    return 0


def _opened(path: str) -> BinaryIO:
    if path == "-":
        return _kept(_pieces(sys.stdin.buffer))
    with Path(path).open("rb") as file:
        if not file.seekable():
            return _kept(_pieces(file))
        if file.seek(0, io.SEEK_END) <= HELD_BYTES:
            file.seek(0)
            return io.BytesIO(file.read())
    return Path(path).open("rb")


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_STEP):
        yield piece


def _kept(pieces: Iterator[bytes]) -> BinaryIO:
    import tempfile  # most files are read where they lie

    kept = tempfile.SpooledTemporaryFile(HELD_BYTES)  # noqa: SIM115
    try:
        for piece in pieces:
            kept.write(piece)
    except BaseException:
        kept.close()
        raise
    kept.seek(0)
    return cast("BinaryIO", kept)


def _recoded(file: BinaryIO, charset: str) -> Iterator[bytes]:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(charset)("replace")
    for piece in _pieces(file):
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _unpacked(source: Source) -> Source:
    # Some tools compress what they were handed compressed already.
    for _ in range(2):
        if source.head(2).startswith((_GZIP, *_ZLIB_HEADS)):
            try:
                source.replace(_inflated(source))
            except CaptureError:
                source.file.close()
                raise
    return source


def _inflated(source: Source) -> Iterator[bytes]:
    """Give what gzip (of one or several members) or zlib holds."""
    source.file.seek(0)
    size = 0
    rest = b""
    while True:
        unpacker = zlib.decompressobj(47)
        while not unpacker.eof:
            rest = rest or source.file.read(_STEP)
            is_end = not rest
            try:
                part = unpacker.flush() if is_end else unpacker.decompress(rest, _STEP)
            except zlib.error:
                if not size:
                    raise CaptureError(source.path, "is compressed, but damaged") from None
                source.is_cut_off = True
                return
            rest = unpacker.unconsumed_tail
            size += len(part)
            if size > MAX_UNPACKED:
                limit = f"unpacks to more than {MAX_UNPACKED >> 20} MiB"
                raise CaptureError(source.path, limit)
            yield part
            if is_end and not unpacker.eof:
                source.is_cut_off = True
                return
        rest = unpacker.unused_data.lstrip(b"\0")
        while len(rest) < len(_GZIP):
            piece = source.file.read(_STEP)
            if not piece:
                return
            rest = (rest + piece).lstrip(b"\0")
        if not rest.startswith(_GZIP):
            return
