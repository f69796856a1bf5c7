"""Entries with the wrong types."""

from __future__ import annotations

import json

import pytest

from why401.capture.entry import UnreadableEntryError
from why401.capture.har_lenient import lenient_entry, lenient_json


def test_wrong_types_become_the_right_ones() -> None:
    request = {"url": "u", "headers": {"A": ["1", 2], "B": None}, "bodySize": "7", "postData": "x"}
    entry = {"request": request, "response": {"status": "404 Not Found", "_error": 5}, "pageref": 3}
    found = lenient_entry(json.dumps(entry).encode())
    assert [(each.name, each.value) for each in found.request.headers] == [("A", "1"), ("A", "2")]
    assert found.request.body_size == 7
    assert found.request.body is not None
    assert found.request.body.text == "x"
    assert found.response is not None
    assert found.response.status == 404
    assert found.page == "3"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"[]", "is not an object", id="a list"),
        pytest.param(b"{}", "has no request", id="empty"),
        pytest.param(b'{"request":{}}', "has no url", id="no url"),
        pytest.param(b"{", "is not JSON", id="broken"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
    ],
)
def test_reasons(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableEntryError, match=reason):
        lenient_entry(data)


def test_json_that_strict_decoders_refuse() -> None:
    assert lenient_json(b'{"a": "\\ud800", "b": "x\ny\xff"}') == {"a": "\ud800", "b": "x\ny\ufffd"}
