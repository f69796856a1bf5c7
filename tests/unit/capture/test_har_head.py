"""What the head of an entry tells is what the exchange would tell, or it tells nothing."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hars import entry

from why401.capture.har_exchange import exchange_of
from why401.capture.har_head import (
    _RAW_HEAD,
    HEAD_CHARACTERS,
    Heads,
    Kind,
    _beginning,
    head_of,
    heads_of,
)
from why401.capture.har_parts import WHOLE
from why401.history.refusals import request_mark
from why401.triage import Fields

type Asked = tuple[int, str, bytes, bytes, Fields, bytes | None, bytes | None]


def told(found: dict[str, Any], *, escaped: bool = False) -> tuple[Kind, int, Asked | None]:
    """Return what the head of an entry leads to, and what the look was asked."""
    asked: list[Asked] = []

    def look(*given: Any) -> int:
        asked.append(given)  # type: ignore[arg-type]
        return 0

    (head,) = heads_of(json.dumps(found, ensure_ascii=escaped).encode())
    kind, mark = Heads(look).kind(head)
    return kind, mark, asked[0] if asked else None


def test_it_agrees_with_the_exchange() -> None:
    found = entry(
        "https://API.example.com:8443/a?b=é#c",
        method="POST",
        body="x=1",
        received={"Content-Encoding": "gzip"},
    )
    kind, mark, asked = told(found)
    request = exchange_of(WHOLE.decode(json.dumps(found)), "x").request
    method = request.method.encode()
    assert (kind, mark) == (Kind.QUIET, request_mark(method, request.host, request.target))
    assert asked is not None
    assert asked[:4] == (200, request.host, method, request.target)
    assert [name for name, _ in asked[4]] == [b"content-encoding"]
    assert asked[5:] == (b'{"ok": true}', b"x=1")


def test_a_request_that_worked() -> None:
    assert told(entry(sent={"Authorization": "Bearer x"}))[0] is Kind.WORKED
    assert told(entry(sent={"Authorization": "Bearer x"}, status=304))[0] is Kind.QUIET
    assert told(entry(sent={"authorization": 'digest a="b"'}))[0] is Kind.LOOK


@pytest.mark.parametrize(
    ("part", "change"),
    [
        pytest.param("request", {"url": "/relative"}, id="relative URL"),
        pytest.param("request", {"url": "https://h"}, id="no path"),
        pytest.param("request", {"url": "https://h?a=/b"}, id="query at once"),
        pytest.param("request", {"url": "https://h#a/b"}, id="fragment at once"),
        pytest.param("request", {"url": "https://api.weixin.qq.com/x"}, id="WeChat"),
        pytest.param("request", {"url": 5}, id="odd URL"),
        pytest.param("request", {"_raw": {"scheme": "http"}}, id="raw target"),
        pytest.param(
            "request", {"headers": [{"name": "a", "value": "b", "_raw": "YQ==:Yg=="}]}, id="raw"
        ),
        pytest.param("request", {"headers": [{"name": ":path", "value": "/o"}]}, id="other path"),
        pytest.param("request", {"postData": {"params": [{"name": "a"}]}}, id="form only"),
        pytest.param("request", {"postData": {"text": "eA==", "encoding": "base64"}}, id="base64"),
        pytest.param("request", {"postData": "a"}, id="odd body"),
        pytest.param("response", {"status": 404}, id="another status"),
        pytest.param("response", {"status": "200"}, id="odd status"),
        pytest.param("response", {"headers": {"Set-Cookie": "a=b"}}, id="cookie"),
        pytest.param("response", {"headers": ["Set-Cookie: a=b"]}, id="cookie in a line"),
        pytest.param("response", {"headers": ["Content-Encoding: br"]}, id="encoding in a line"),
        pytest.param("response", {"headers": [{"name": "grpc-status", "value": "16"}]}, id="gRPC"),
        pytest.param("response", {"_trailers": [{"name": "a", "value": "b"}]}, id="trailers"),
        pytest.param("response", {"content": {"text": "\x1f\x8b"}}, id="compressed"),
        pytest.param("response", {"content": {"text": {"a": 1}}}, id="odd text"),
        pytest.param("response", {"content": {"text": "a", "encoding": "hex"}}, id="odd encoding"),
    ],
)
def test_where_only_the_exchange_can_tell_it_is_looked_at(
    part: str, change: dict[str, Any]
) -> None:
    found = entry()
    found[part] |= change
    assert told(found)[0] is Kind.LOOK


def test_the_path_of_http2() -> None:
    sent = {":method": "GET", ":path": "/orders"}
    assert told(entry(sent=sent))[0] is Kind.QUIET


def test_base64_is_undone() -> None:
    found = entry()
    found["response"]["content"] |= {"text": "eyJhIjoxfQ==", "encoding": "base64"}
    asked = told(found)[2]
    assert asked is not None
    assert asked[5] == b'{"a":1}'


@pytest.mark.parametrize("escaped", [True, False])
def test_characters_are_never_later_than_their_bytes(escaped: bool) -> None:
    asked = told(entry(text="é" * 1000 + '"token"'), escaped=escaped)[2]
    assert asked is not None
    assert (asked[5] or b"").index(b"token") == 1001


@given(
    st.text(st.sampled_from('a"\\\né名😀\x7f'), min_size=1, max_size=9),
    st.integers(_RAW_HEAD - 30, _RAW_HEAD),
    st.booleans(),
)
def test_a_long_body_is_cut_between_its_characters(text: str, pad: int, escaped: bool) -> None:
    whole = "x" * pad + text * 20
    data = json.dumps(whole, ensure_ascii=escaped).encode()
    try:
        found = _beginning(memoryview(data))
    except msgspec.DecodeError:
        assert escaped, "half of a character is left of two escapes"
        return
    assert whole.startswith(found)
    assert len(found) >= HEAD_CHARACTERS


def test_escapes_do_not_make_the_beginning_shorter() -> None:
    data = json.dumps("é" * 20_000).encode()
    assert len(_beginning(memoryview(data))) == 20_000


def test_bytes_that_are_no_text_are_left_to_the_exchange() -> None:
    data = json.dumps(entry(text="xx")).encode().replace(b'"xx"', b'"\xff"')
    (head,) = heads_of(data)
    assert Heads(lambda *_: 0).kind(head)[0] is Kind.LOOK


def test_of_an_odd_entry_is_known_when_it_began() -> None:
    odd = json.dumps({"startedDateTime": 5, "request": []}).encode()
    plain, found = heads_of(json.dumps(entry()).encode() + b"," + odd)
    assert (plain.started, found.started) == ("2026-11-20T10:00:00.000Z", 5)
    assert found.request is None
    assert (head_of(odd).started, head_of(odd).request) == (5, None)
    with pytest.raises(msgspec.DecodeError):
        heads_of(odd + b",5")
