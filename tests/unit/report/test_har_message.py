import gzip
from typing import Any

import pytest

from why401.model import Body, Headers
from why401.report.har_message import (
    body_text,
    clean,
    field_list,
    query_list,
    sent_cookies,
    set_cookies,
)

GZIP = Headers(((b"Content-Encoding", b"gzip"),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain 名", "plain 名", id="as it is"),
        pytest.param("a\udc80b", "a\ufffdb", id="a lone surrogate"),
        pytest.param("\ud83d\ude00", "😀", id="two halves"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param(b"Accept", b"*/*", {"name": "Accept", "value": "*/*"}, id="plain"),
        pytest.param(b"X", "名".encode(), {"name": "X", "value": "名"}, id="UTF-8"),
        pytest.param(
            b"X", b"a\nb", {"name": "X", "value": "a\nb", "_raw": "WA==:YQpi"}, id="not two fields"
        ),
        pytest.param(
            b"X", b"\xe9", {"name": "X", "value": "é", "_raw": "WA==:6Q=="}, id="Latin-1 is kept"
        ),
        pytest.param(
            b":a", b"b", {"name": ":a", "value": "b", "_raw": "OmE=:Yg=="}, id="not a pseudo-header"
        ),
    ],
)
def test_field(name: bytes, value: bytes, expected: dict[str, str]) -> None:
    assert field_list(Headers(((name, value),))) == [expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", [], id="none"),
        pytest.param(
            "a=1&a=2&b", [("a", "1"), ("a", "2"), ("b", "")], id="repeated, without value"
        ),
        pytest.param("q=a+b%26%E5%90%8D", [("q", "a b&名")], id="decoded"),
        pytest.param("&&x=%zz&", [("x", "%zz")], id="empty pairs, a stray percent sign"),
    ],
)
def test_query(query: str, expected: list[tuple[str, str]]) -> None:
    assert [(each["name"], each["value"]) for each in query_list(query)] == expected


def test_a_query_of_any_length_lists_a_thousand() -> None:
    assert len(query_list("a=1&" * 5000)) == 1000


def test_sent_cookies_come_from_every_field() -> None:
    headers = Headers(((b"Cookie", b"a=1; b=x=y; lone"), (b"cookie", b" c = 3 ")))
    found = [(each["name"], each["value"]) for each in sent_cookies(headers)]
    assert found == [("a", "1"), ("b", "x=y"), ("c", "3")]


def test_set_cookies_have_their_attributes() -> None:
    line = (
        b"s=1; Path=/a; Domain=x.example; HttpOnly; Secure; SameSite=Lax; "
        b"Expires=Fri, 20 Nov 2026 00:00:00 GMT; Max-Age=9"
    )
    assert set_cookies(
        Headers(((b"Set-Cookie", line), (b"Set-Cookie", b"t=2; Expires=never")))
    ) == [
        {
            "name": "s",
            "value": "1",
            "path": "/a",
            "domain": "x.example",
            "httpOnly": True,
            "secure": True,
            "sameSite": "Lax",
            "expires": "2026-11-20T00:00:00.000000Z",
        },
        {"name": "t", "value": "2"},
    ]


PACKED = gzip.compress(b"hello", mtime=0)
BODIES: list[Any] = [
    pytest.param(Body(b"hello"), Headers(), {"text": "hello"}, b"hello", 5, id="text"),
    pytest.param(
        Body(b"\xff"), Headers(), {"text": "/w==", "encoding": "base64"}, b"\xff", 1, id="binary"
    ),
    pytest.param(Body(PACKED), GZIP, {"text": "hello"}, b"hello", len(PACKED), id="gzip undone"),
    pytest.param(
        Body(b"hello", is_decoded=True), GZIP, {"text": "hello"}, b"hello", -1, id="undone before"
    ),
    pytest.param(
        Body(b"oops"), GZIP, {"text": "oops", "_decoded": False}, b"oops", 4, id="no gzip at all"
    ),
    pytest.param(
        Body(b"hel", is_complete=False, is_exact=False, sent_bytes=9),
        Headers(),
        {"text": "hel", "_exact": False, "_complete": False},
        b"hel",
        9,
        id="a part, altered",
    ),
    pytest.param(
        Body("a\ufffd".encode()),
        Headers(),
        {"text": "Ye+/vQ==", "encoding": "base64"},
        "a\ufffd".encode(),
        4,
        id="text that looks damaged",
    ),
]


@pytest.mark.parametrize(("body", "headers", "marks", "data", "sent"), BODIES)
def test_body(body: Body, headers: Headers, marks: dict[str, Any], data: bytes, sent: int) -> None:
    assert body_text(body, headers) == (marks, data, sent)
