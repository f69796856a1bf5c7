"""Elements of a list are found by their brackets, however the text comes in."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.capture.elements import Elements

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\[]{},é', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def found(data: bytes, size: int) -> tuple[list[bytes], int | None]:
    elements = Elements()
    spans = []
    for at in range(0, len(data), size):
        spans += elements.feed(data[at : at + size])
    return [data[begin:end] for begin, end in [*spans, *elements.finish()]], elements.end


@given(st.lists(JSON, max_size=6), st.integers(1, 40), st.booleans())
def test_every_element_is_found_in_any_pieces(
    values: list[object], size: int, indented: bool
) -> None:
    texts = [json.dumps(value, indent=1 if indented else None).encode() for value in values]
    data = b",\n ".join(texts) + b"]}} and more ["
    spans, end = found(data, size)
    assert spans == texts
    assert end == data.index(b"]}} and")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'{"a":1},{"b"', [b'{"a":1}'], id="cut off in an object"),
        pytest.param(b'{"a":1}, "b', [b'{"a":1}'], id="cut off in a string"),
        pytest.param(b'{"a":1}, nul', [b'{"a":1}', b"nul"], id="cut off in a word"),
        pytest.param(b'{"a":1}, "b": "c", x y, {}', [b'{"a":1}', b"{}"], id="left of an object"),
        pytest.param(b'{"a":"\\"]}"}', [b'{"a":"\\"]}"}'], id="brackets in a string"),
        pytest.param(b"", [], id="nothing"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_list_without_end(data: bytes, expected: list[bytes], size: int) -> None:
    assert found(data, size) == (expected, None)


@given(st.binary(max_size=80), st.integers(1, 9))
def test_any_bytes(data: bytes, size: int) -> None:
    found(data, size)


@pytest.mark.parametrize("part", [b'"', b"[", b'"\\', b"{", b'\\"', b"a", b"a "])
@pytest.mark.parametrize("size", [1000, 10_000_000])
def test_work_is_linear(part: bytes, size: int) -> None:
    began = time.process_time()
    found(part * 200_000, size)
    assert time.process_time() - began < 5
