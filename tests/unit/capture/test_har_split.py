"""A damaged HAR cut into entries."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.capture.har_split import split_entries


def texts(data: bytes) -> tuple[list[bytes], bool] | None:
    found = split_entries(data)
    return None if found is None else ([bytes(each) for each in found.entries], found.is_complete)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'{"entries":[{"a":"]}"},{}]}', ([b'{"a":"]}"}', b"{}"], True), id="all"),
        pytest.param(b'{"log":{"entries" : [{"a":1},{"b"', ([b'{"a":1}'], False), id="cut off"),
        pytest.param(b'[{"a":[1]},{}]', ([b'{"a":[1]}', b"{}"], True), id="a list"),
        pytest.param(b'{"log":{"a":{"entries":[{}]}}}', None, id="too deep"),
        pytest.param(b'{"log":{"entries":5}}', None, id="no list"),
        pytest.param(b'{"x":"\\"entries\\":[","log":{"entries":[]}}', ([], True), id="in text"),
    ],
)  # fmt: skip
def test_split(data: bytes, expected: tuple[list[bytes], bool] | None) -> None:
    assert texts(data) == expected


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    texts(b'{"log":{"entries":[' + data)


@pytest.mark.parametrize("part", [b'"', b"[", b'"\\', b"{", b'\\"'])
def test_work_is_linear(part: bytes) -> None:
    began = time.perf_counter()
    texts(b'{"log":{"entries":[' + part * 200_000)
    assert time.perf_counter() - began < 5
