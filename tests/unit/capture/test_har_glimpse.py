"""What triage is told of an entry is what the exchange would tell it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.hars import entry, har

from why401.capture.entry import Glimpse
from why401.capture.har import HarEntry, read_har


def glimpse(found: dict[str, Any]) -> Glimpse | None:
    (item,) = read_har(har(found), "a.har")
    assert isinstance(item, HarEntry)
    return item.glimpse()


def test_it_agrees_with_the_exchange() -> None:
    found = entry(
        "https://API.example.com:8443/a?b=1#c",
        method="POST",
        body="x=1",
        sent={"authorization": "Bearer é"},
        received={"set-cookie": "a=b", "X-Other": "1"},
    )
    (item,) = read_har(har(found), "a.har")
    assert isinstance(item, HarEntry)
    told, exchange = item.glimpse(), item.exchange()
    assert told is not None
    assert exchange.response is not None
    assert (told.status, told.host, told.method, told.target) == (
        exchange.response.status,
        exchange.request.host,
        exchange.request.method.encode(),
        exchange.request.target,
    )
    assert told.authorization == exchange.request.headers.values("authorization")[0]
    assert dict(told.received)[b"set-cookie"] == b"a=b"
    assert told.content == b'{"ok": true}'
    assert told.sent_content == b"x=1"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"url": "/relative"}, id="relative URL"),
        pytest.param({"_raw": {"scheme": "http"}}, id="raw target"),
        pytest.param({"headers": [{"name": "a", "value": "b", "_raw": "YQ==:Yg=="}]}, id="raw"),
        pytest.param({"postData": {"params": [{"name": "a", "value": "b"}]}}, id="form only"),
        pytest.param({"postData": {"text": "eA==", "encoding": "base64"}}, id="base64 request"),
        pytest.param({"headers": [{"name": "a", "value": None}]}, id="odd types"),
    ],
)
def test_where_only_the_exchange_can_tell_it_is_built(change: dict[str, Any]) -> None:
    found = entry()
    found["request"] |= change
    assert glimpse(found) is None


def test_characters_are_never_later_than_their_bytes() -> None:
    text = "é" * 1000 + '"token"'
    told = glimpse(entry(text=text))
    assert told is not None
    assert (told.content or b"").index(b"token") == 1001


def test_base64_is_undone() -> None:
    found = json.loads(json.dumps(entry()))
    found["response"]["content"] |= {"text": "eyJhIjoxfQ==", "encoding": "base64"}
    told = glimpse(found)
    assert told is not None
    assert told.content == b'{"a":1}'


def test_the_path_of_http2_is_the_one_sent() -> None:
    told = glimpse(entry(sent={":method": "GET", ":path": "/x?code=1"}))
    assert told is not None
    assert told.target == b"/x?code=1"
