"""Where the entries of a file are."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.capture.har_place import Form, find_entries

FOUND = [
    pytest.param('{"log":{"entries":[|', Form.DOCUMENT, id="a HAR"),
    pytest.param('{"log" : {"a":[1],"entries" : [|{}]}}', Form.DOCUMENT, id="blanks"),
    pytest.param('{"entries":[|]}', Form.DOCUMENT, id="without log"),
    pytest.param('{"x":{"entries":[1]},"log":{"entries":[|', Form.DOCUMENT, id="log before others"),
    pytest.param('{"har":{"entries":[|]}}', Form.DOCUMENT, id="another name"),
    pytest.param('{"x":"\\"entries\\":[","log":{"entries":[|', Form.DOCUMENT, id="in text"),
    pytest.param('{"log":{"pages":[{"entries":[1]}],"entries":[|', Form.DOCUMENT, id="too deep"),
    pytest.param(' [|{"request":1}]', Form.LIST, id="a list"),
    pytest.param('|{"a":{"entries":[]},"request":{}}', Form.LINES, id="lines"),
]


@pytest.mark.parametrize(("text", "form"), FOUND)
def test_found(text: str, form: Form) -> None:
    place = find_entries(io.BytesIO(text.replace("|", "").encode()), 0)
    assert place is not None
    assert (place.form, place.begin) == (form, text.index("|"))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"log":{"entries":5}}',
        '{"log":{"a":{"entries":[{}]}}}',
        '{"log":{"entries":',
        "{",
        "",
    ],
)
def test_not_found(text: str) -> None:
    assert find_entries(io.BytesIO(text.encode()), 0) is None


def test_what_stands_before_may_be_long() -> None:
    pages = [{"id": f"page_{number}", "title": "x" * 90} for number in range(3000)]
    before = json.dumps({"log": {"pages": pages, "entries": []}}).encode()
    place = find_entries(io.BytesIO(b"\xef\xbb\xbf" + before), 3)
    assert place is not None
    assert place.begin == 3 + len(before) - 3
    assert json.loads(place.before + b"]" + place.after)["log"]["pages"] == pages


@given(st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    find_entries(io.BytesIO(b'{"log":{' + data), 0)
