"""Progress is for long work on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

from why401.commands.scan_progress import FROM_BYTES, FROM_ENTRIES, Progress


def shown(monkeypatch: pytest.MonkeyPatch, work: Callable[[Progress], None]) -> bytes:
    """Return what `work` shows on a terminal."""
    ours, theirs = os.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(theirs, "w") as stderr, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stderr)
        with Progress("a.har", is_quiet=False) as progress:
            work(progress)
        stderr.write("END")
        stderr.flush()
        found = b""
        while not found.endswith(b"END"):
            found += os.read(ours, 4096)
    os.close(ours)
    return found


def test_nothing_is_shown_where_nobody_watches() -> None:
    with Progress("a.har", is_quiet=True) as progress:
        assert progress.reading() is None
        progress.judging(10 * FROM_ENTRIES)("a.har")


@pytest.mark.parametrize(("size", "is_shown"), [(FROM_BYTES, True), (FROM_BYTES - 1, False)])
def test_long_work_is_shown(monkeypatch: pytest.MonkeyPatch, size: int, is_shown: bool) -> None:
    def read(progress: Progress) -> None:
        told = progress.reading()
        assert told is not None
        told(size // 2, size)

    found = shown(monkeypatch, read)
    assert (b"a.har" in found, b"50%" in found) == (is_shown, is_shown)


def test_entries_are_counted_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(progress: Progress) -> None:
        judged = progress.judging(FROM_ENTRIES)
        for _ in range(FROM_ENTRIES // 2):
            judged("a.har")

    assert b"50%" in shown(monkeypatch, judge)
