"""A file that appears whole or not at all; see test_har for what a HAR makes of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from why401.report.atomic import OutputError, whole_file


def test_old_file_is_replaced_and_private(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o644)
    with whole_file(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_directory_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "d"
    target.mkdir()
    with pytest.raises(OutputError, match="cannot be written"), whole_file(target) as file:
        file.write(b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["d"]


def test_what_is_no_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "pipe"
    os.mkfifo(out)
    reader = os.open(out, os.O_RDONLY | os.O_NONBLOCK)
    with whole_file(out) as file:
        file.write(b"new")
    assert os.read(reader, 9) == b"new"
    os.close(reader)
    assert out.is_fifo()


def test_missing_directory_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "out.har"
    with (
        pytest.raises(OutputError, match=r"out\.har: cannot be written: No such file") as caught,
        whole_file(path),
    ):
        pass
    assert "\n" not in str(caught.value)
