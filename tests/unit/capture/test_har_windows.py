"""Windows give every entry once, wherever the file is cut."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from why401.capture import har_windows
from why401.capture.har_windows import Window, Windows, lines

KEYS = st.sampled_from(["startedDateTime", "_initiator", "request", "name"])
PARTS = st.sampled_from(['},{"request"', "x" * 90, '\\"', "é", '"', "]"])
ENTRIES = st.dictionaries(
    KEYS, PARTS | st.lists(st.dictionaries(KEYS, PARTS, max_size=2), max_size=3), max_size=4
).map(lambda entry: {**entry, "request": {"url": "/"}})


def texts(data: bytes, begin: int) -> tuple[list[bytes], Windows]:
    """Return the text of every entry: of those given together, as a parser tells them apart."""
    windows = Windows(io.BytesIO(data), begin, lambda _: None)
    return [text for window in windows for text in told(window, data)], windows


def told(window: Window, data: bytes) -> list[bytes]:
    assert window.data is not None
    assert window.data == data[window.offset : window.offset + window.length]
    if window.heads is None:
        return [window.data]
    found = json.loads(b"[%b]" % window.data)
    assert len(found) == len(window.heads)
    return [json.dumps(each).encode() for each in found]


def plain(found: list[bytes]) -> list[Any]:
    return [json.loads(text) for text in found]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ENTRIES | st.none() | st.integers(), max_size=12), st.sampled_from([None, 1, 7]))
@pytest.mark.parametrize("size", [40, 300, 100_000])
def test_every_entry_is_given_once(
    monkeypatch: pytest.MonkeyPatch, size: int, entries: list[Any], indent: int | None
) -> None:
    monkeypatch.setattr(har_windows, "WINDOW", size)
    monkeypatch.setattr(har_windows, "MAX_GUESSED", 4 * size)
    data = b'{"log":{"entries":' + json.dumps(entries, indent=indent).encode() + b"}}"
    found, windows = texts(data, data.index(b"[") + 1)
    assert plain(found) == entries
    assert windows.end == len(data) - 3


def test_most_entries_are_parsed_together() -> None:
    entry = {"_initiator": {"a": [{"b": 1}]}, "request": {"url": "https://h/"}}
    data = json.dumps([entry] * 20_000, indent=2).encode()
    windows = list(Windows(io.BytesIO(data), 1, lambda _: None))
    alone = sum(window.heads is None for window in windows)
    assert alone == 1, "only the last one has no other behind it"
    assert len(windows) < 60


def test_a_damaged_entry_costs_the_others_nothing() -> None:
    good = b'{"request":{"url":"https://h/"}}'
    bad = b'{"request":{"url":"https://h/\x01"},"x":NaN}'
    data = b"[" + b",".join([good] * 3 + [bad] + [good] * 3) + b"]"
    found, _ = texts(data, 1)
    assert found == [good] * 3 + [bad] + [good] * 3


def test_what_is_too_large_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WINDOW", 50), ("MAX_GUESSED", 100), ("MAX_ENTRY", 500)):
        monkeypatch.setattr(har_windows, name, value)
    small, large = b'{"request":{"url":"/"}}', b'{"request":"' + b"x" * 2000 + b'"}'
    data = b"[" + b",".join([small, large, small, small]) + b"]"
    windows = list(Windows(io.BytesIO(data), 1, lambda _: None))
    lengths = [window.length for window in windows if window.data is None]
    assert lengths == [len(large)]
    kept = [window.data for window in windows if window.data is not None]
    assert b",".join(kept) == b",".join([small] * 3)


def test_every_byte_is_told() -> None:
    data = json.dumps([{"request": {"url": "/"}}] * 500).encode()
    read: list[int] = []
    list(Windows(io.BytesIO(data), 1, read.append))
    assert sum(read) == len(data) - 1


def test_empty_lines_are_passed_over_and_long_ones_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(har_windows, "MAX_ENTRY", 20)
    data = b'x{"a":1}\n\n  \n' + b"y" * 50 + b'\n{"b":2}'
    found = list(lines(io.BytesIO(data), 1, lambda _: None))
    assert [(window.offset, window.data) for window in found] == [
        (1, b'{"a":1}\n'),
        (13, None),
        (64, b'{"b":2}'),
    ]
