"""The events that the files of one scan lead to."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.hars import entry, har, refused

from why401.commands import scan_files
from why401.commands.scan_files import (
    Event,
    Failed,
    Finished,
    Found,
    Work,
    _receive,
    _shares,
    scan_all,
)
from why401.config import Config
from why401.configuration import keys_from
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.model import Exchange


def events(*files: Path, together: bool = False, healthy: bool = False) -> list[Event | Exchange]:
    """Return the events, and among them what was told meanwhile."""
    found: list[Event | Exchange] = []
    work = Work(
        load_knowledge(()).knowledge,
        keys_from(Config()),
        Masker(b"test"),
        tell=found.append,
        wants_all=healthy,
    )
    for event in scan_all([str(path) for path in files], work, together=together):
        found.append(event)  # noqa: PERF402 - one list for both
    return found


def test_a_file_is_told_from_its_secrets_to_its_count(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    path.write_bytes(har(entry("https://other.example/"), refused()))
    told, found, finished = events(path)
    assert isinstance(told, Exchange)
    assert isinstance(found, Found)
    assert isinstance(finished, Finished)
    assert told.id == found.item.id == f"{path}#1"
    assert (finished.count.entries, finished.count.flagged) == (2, 1)
    assert finished.capture is None
    kinds = [type(event) for event in events(path, healthy=True)]
    assert kinds == [Found, Exchange, Found, Finished]


def test_what_cannot_be_read_is_one_event(tmp_path: Path) -> None:
    (tmp_path / "b.har").write_bytes(har(entry()))
    for together in (False, True):
        first, second = events(tmp_path / "none.har", tmp_path / "b.har", together=together)
        assert isinstance(first, Failed)
        assert isinstance(second, Finished)


def test_the_largest_files_are_shared_out_first(tmp_path: Path) -> None:
    names = []
    for number, size in enumerate((1, 9, 5, 4, 2)):
        path = tmp_path / str(number)
        path.write_bytes(b"x" * size)
        names.append(str(path))
    assert _shares(names, 2) == [[1, 4], [0, 2, 3]]
    assert _shares(names[:1], 2) == [[0]]


def test_several_processes_say_the_same_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.har" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(har(*[entry(), refused()] * (40 * number + 1)))
    monkeypatch.setattr(scan_files, "WORTH_CORES", 0)

    def told(cores: int) -> list[object]:
        monkeypatch.setattr(scan_files, "_cores", lambda: cores)
        return [
            event.item if isinstance(event, Found) else getattr(event, "id", type(event))
            for event in events(*paths)
        ]

    one, several = told(1), told(2)
    assert sorted(map(str, several)) == sorted(map(str, one))
    assert len(one) == 2 * (1 + 41 + 81) + 3


def test_what_a_process_told_before_it_died_is_not_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.har" for number in range(2)]
    for path in paths:
        path.write_bytes(har(*[refused()] * 5))
    parent, whole = os.getpid(), Work.on

    def on(self: Work, files: Sequence[str], **options: Any) -> Iterator[Event]:
        if os.getpid() == parent:
            yield from whole(self, files, **options)
        else:
            yield from islice(whole(self, files, **options), 3)
            os._exit(1)

    monkeypatch.setattr(scan_files, "WORTH_CORES", 0)
    monkeypatch.setattr(scan_files, "MAX_BATCH", 1)
    monkeypatch.setattr(scan_files, "_cores", lambda: 2)
    monkeypatch.setattr(Work, "on", on)
    found = [event for event in events(*paths) if not isinstance(event, Exchange)]
    ids = [event.item.id for event in found if isinstance(event, Found)]
    assert sorted(ids) == sorted(f"{path}#{index}" for path in paths for index in range(5))
    assert sum(isinstance(event, Finished) for event in found) == 2


def test_a_process_may_die_amidst_what_it_sends() -> None:
    reader, writer = multiprocessing.Pipe(duplex=False)
    os.write(writer.fileno(), (100).to_bytes(4, "big") + b"half")
    writer.close()
    readers = [reader]
    assert _receive(readers, [deque()])
    assert not _receive(readers, [deque()])
