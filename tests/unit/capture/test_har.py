"""What a HAR entry says at a glance, and what it carries from an earlier run."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from why401.capture.entry import Entry, Skipped, UnreadableEntryError
from why401.capture.har import read_har
from why401.capture.har_capture import HarCapture
from why401.report.annotation import Annotation


def read(*entries: Any, **log: Any) -> HarCapture:
    data = json.dumps({"log": {"entries": entries, **log}}).encode()
    return read_har(io.BytesIO(data), "a.har")


ENTRY = {
    "startedDateTime": "2026-11-20T10:00:00Z",
    "request": {"url": "https://h/a", "method": "PUT", "comment": "r"},
    "response": {"status": 401, "comment": "s"},
    "comment": "c",
    "pageref": "p",
    "_why401": {"schema": "why401/1", "verdict": None},
}


def test_glance_and_exchange_agree() -> None:
    (entry,) = read(ENTRY)
    assert isinstance(entry, Entry)
    assert (entry.method, entry.url, entry.status) == ("PUT", "https://h/a", 401)
    assert entry.started_s == 1795168800.0
    exchange = entry.exchange()
    assert exchange.id == "a.har#0"
    assert exchange.request.method == "PUT"
    assert exchange.at_s == 1795168800.0


def test_annotation_of_an_earlier_run() -> None:
    (entry,) = read(ENTRY)
    assert isinstance(entry, Entry)
    assert entry.annotation == Annotation("c", "r", "s", ENTRY["_why401"], "p")  # type: ignore[arg-type]
    assert entry.diagnosis == ENTRY["_why401"]


def test_plain_entry_has_no_annotation() -> None:
    (entry,) = read({"request": {"url": "https://h/"}})
    assert isinstance(entry, Entry)
    assert entry.annotation is None
    assert entry.diagnosis is None


def test_pages_are_kept_and_what_is_none_is_not() -> None:
    capture = read(comment="hello", pages=[{"id": "p", "title": "t"}, 5])
    assert len(capture) == 0
    assert capture.pages == ({"id": "p", "title": "t"},)


def test_time_of_an_entry_is_known_without_reading_it() -> None:
    capture = read({"startedDateTime": 1795168800, "request": {"url": "/"}}, {"odd": 1})
    assert capture.started_s(0) == 1795168800.0
    assert capture.started_s(1) is None
    assert isinstance(capture.entry(1), Skipped)


def test_a_file_that_changes_while_it_is_read_costs_its_entries() -> None:
    entries = [
        {"request": {"url": "https://h/", "headers": [{"name": "Authorization", "value": "a b"}]}}
        | {"response": {"status": 200}}
    ] * 300
    file = io.BytesIO(json.dumps({"log": {"entries": entries}}).encode())
    capture, again = (read_har(file, "a.har", look=lambda *_: 0) for _ in range(2))
    worked = capture.worked(7)
    assert worked is not None
    assert worked.authorization == b"a b"
    file.truncate(1000)
    assert isinstance(again.entry(200), Skipped)
    with pytest.raises(UnreadableEntryError, match="changed"):
        again.worked(200)
