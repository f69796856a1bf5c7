"""A file is opened so that it can be read twice, whatever it came through."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

import pytest

from why401.capture import source
from why401.capture.errors import CaptureError
from why401.capture.source import Source, open_source, source_from_bytes, to_utf8

TEXT = b'{"log": 1}' * 400


def content(found: Source) -> bytes:
    data = found.head(1 << 20)
    assert found.head(1 << 20) == data
    found.file.close()
    return data


@pytest.mark.parametrize(
    ("data", "is_cut_off"),
    [
        pytest.param(TEXT, False, id="plain"),
        pytest.param(gzip.compress(TEXT), False, id="gzip"),
        pytest.param(gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), False, id="members"),
        pytest.param(gzip.compress(TEXT) + b"\0\0\0", False, id="padded"),
        pytest.param(gzip.compress(TEXT) + b"\0", False, id="padded by one"),
        pytest.param(gzip.compress(TEXT) + b"junk", False, id="junk behind"),
        pytest.param(gzip.compress(gzip.compress(TEXT)), False, id="twice"),
        pytest.param(zlib.compress(TEXT), False, id="zlib"),
        pytest.param(gzip.compress(TEXT)[:-8], True, id="without its checksum"),
    ],
)
@pytest.mark.parametrize("step", [3, 1 << 20])
def test_unpacked(
    monkeypatch: pytest.MonkeyPatch, data: bytes, is_cut_off: bool, step: int
) -> None:
    monkeypatch.setattr(source, "_STEP", step)
    found = source_from_bytes(data, "a.har")
    assert content(found) == TEXT
    assert found.is_cut_off is is_cut_off


def test_what_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_UNPACKED", 1000)
    with pytest.raises(CaptureError, match="unpacks to more than"):
        source_from_bytes(gzip.compress(TEXT), "a.har")


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_becomes_utf8(monkeypatch: pytest.MonkeyPatch, charset: str) -> None:
    monkeypatch.setattr(source, "_STEP", 7)
    text = '{"ab": "é名😀"}' * 30
    found = source_from_bytes(text.encode(charset), "a.har")
    begin = to_utf8(found)
    assert content(found)[begin:].decode().lstrip("\ufeff") == text


@pytest.mark.parametrize("held", [10, 1 << 20])
def test_large_files_and_pipes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held: int) -> None:
    monkeypatch.setattr(source, "HELD_BYTES", held)
    path = tmp_path / "a.har"
    path.write_bytes(TEXT)
    assert content(open_source(str(path))) == TEXT
    reader, writer = os.pipe()
    os.write(writer, TEXT)
    os.close(writer)
    assert content(open_source(f"/dev/fd/{reader}")) == TEXT
    os.close(reader)


@pytest.mark.parametrize("name", ["none.har", "a\0b", "."])
def test_what_cannot_be_opened_is_one_line(name: str) -> None:
    with pytest.raises(CaptureError, match="cannot be read"):
        open_source(name)
