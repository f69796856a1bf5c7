"""HARs as their producers really write them, each with the habit it is known for."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from why401.capture.entry import Entry, Skipped
from why401.capture.read import capture_from_bytes
from why401.model import EMPTY_BODY, Body, Exchange

TEXT = '{"errcode":40001,"errmsg":"无效"}'
SIZE = len(TEXT.encode())


def entry(**changes: Any) -> dict[str, Any]:
    """A plain entry, with `request__x`, `response__x` and top-level changes; None removes."""
    made: dict[str, Any] = {
        "startedDateTime": "2026-11-20T10:00:00.250Z",
        "time": 5,
        "request": {
            "method": "GET",
            "url": "https://api.weixin.qq.com/cgi-bin/user/get?access_token=T",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Host", "value": "api.weixin.qq.com"}],
            "queryString": [],
            "cookies": [],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "cookies": [],
            "content": {"size": SIZE, "mimeType": "application/json", "text": TEXT},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": SIZE,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 5, "receive": 0},
    }
    for name, value in changes.items():
        *path, last = name.split("__")
        holder = made
        for part in path:
            holder = holder[part]
        if value is None:
            holder.pop(last)
        else:
            holder[last] = value
    return made


def har(*entries: Any, **log: Any) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries, **log}}).encode()


def only(data: bytes) -> Exchange:
    (found,) = capture_from_bytes(data, "a.har")
    assert isinstance(found, Entry), found
    return found.exchange()


PLAIN = har(entry())
SAME = [
    pytest.param(PLAIN, id="plain HAR 1.2"),
    pytest.param(b"\xef\xbb\xbf" + PLAIN, id="Fiddler: byte order mark"),
    pytest.param(PLAIN.decode().encode("utf-16"), id="PowerShell: UTF-16 with mark"),
    pytest.param(PLAIN.decode().encode("utf-16-le"), id="UTF-16 little endian without mark"),
    pytest.param(PLAIN.decode().encode("utf-16-be"), id="UTF-16 big endian without mark"),
    pytest.param(gzip.compress(PLAIN), id="gzip"),
    pytest.param(zlib.compress(PLAIN), id="mitmproxy: zhar"),
    pytest.param(gzip.compress(gzip.compress(PLAIN)), id="gzip twice"),
    pytest.param(json.dumps(entry()).encode() + b"\n", id="JSON lines"),
    pytest.param(json.dumps([entry()]).encode(), id="a list of entries"),
    pytest.param(json.dumps({"entries": [entry()]}).encode(), id="entries without log"),
    pytest.param(json.dumps(json.loads(PLAIN), indent=2).encode(), id="Chrome: indented"),
    pytest.param(
        har(entry(request__headers={"Host": "api.weixin.qq.com"})), id="headers as mapping"
    ),
    pytest.param(
        har(entry(request__headers=[["Host", "api.weixin.qq.com"]])), id="headers as pairs"
    ),
    pytest.param(har(entry(request__headers=["Host: api.weixin.qq.com"])), id="headers as lines"),
    pytest.param(har(entry(response__status="200")), id="status as text"),
    pytest.param(har(entry(response__status="200 OK")), id="status with reason"),
    pytest.param(har(entry(response__status=200.0)), id="status as float"),
    pytest.param(har(entry(startedDateTime="2026-11-20T18:00:00.250+08:00")), id="zone with colon"),
    pytest.param(har(entry(startedDateTime="2026-11-20T18:00:00.2500000+0800")), id="Fiddler date"),
    pytest.param(har(entry(startedDateTime="2026-11-20 10:00:00.250")), id="date with blank"),
    pytest.param(har(entry(startedDateTime=1795168800250)), id="milliseconds as number"),
    pytest.param(har(entry(startedDateTime="1795168800.25")), id="seconds as text"),
    pytest.param(har(entry(startedDateTime="/Date(1795168800250)/")), id=".NET date"),
    pytest.param(har(entry(response__content__size="lies")), id="size is no number"),
    pytest.param(har(entry(timings={"send": "0", "wait": "5", "receive": None})), id="texts"),
    pytest.param(
        har(entry(response__content__encoding="base64",
                  response__content__text=base64.b64encode(TEXT.encode()).decode().rstrip("="))),
        id="base64 without padding",
    ),
    pytest.param(
        har(entry(response__content__encoding="base64",
                  response__content__text=base64.encodebytes(TEXT.encode()).decode())),
        id="base64 wrapped",
    ),
    pytest.param(
        har(entry(response__content__text=TEXT.encode().decode("latin-1"))),
        id="Charles: UTF-8 read as Latin-1",
    ),
    pytest.param(PLAIN.replace(b'"time": 5', b'"time": NaN'), id="NaN"),
    pytest.param(PLAIN.replace(b'"statusText": "OK"', b'"x": "a\nb", "statusText": "OK"'),
                 id="raw line break in text"),
    pytest.param(PLAIN.replace(b'"cache": {}', b'"cache": {"comment": "\\ud83d"}'),
                 id="lone surrogate escape"),
    pytest.param(PLAIN.replace(b'"cache": {}', b'"cache": {"comment": "\xff"}'),
                 id="a byte that is not UTF-8"),
    pytest.param(
        har(entry(request__httpVersion="http/1.1", response__httpVersion="http/1.1")),
        id="lower-case version",
    ),
]  # fmt: skip


@pytest.mark.parametrize("data", SAME)
def test_the_same_exchange_whoever_wrote_it(data: bytes) -> None:
    found = only(data)
    assert found.request.host == "api.weixin.qq.com"
    assert found.request.port == 443
    assert found.request.target == b"/cgi-bin/user/get?access_token=T"
    assert found.request.headers.text("host") == "api.weixin.qq.com"
    assert found.request.body == EMPTY_BODY
    assert found.request.http_version == "HTTP/1.1"
    assert found.times.started == 1795168800.25
    assert found.response is not None
    assert found.response.status == 200
    assert found.response.body is not None
    assert found.response.body.data == TEXT.encode()


VERSIONS = [
    pytest.param("h2", "HTTP/2.0", id="Chrome h2"),
    pytest.param("http/2.0", "HTTP/2.0", id="Chrome http/2.0"),
    pytest.param("HTTP/2", "HTTP/2.0", id="Firefox"),
    pytest.param("h3", "HTTP/3", id="h3"),
    pytest.param("h3-29", "HTTP/3", id="h3 draft"),
    pytest.param("unknown", "HTTP/1.1", id="unknown"),
    pytest.param("", "HTTP/1.1", id="empty"),
]


@pytest.mark.parametrize(("sent", "meant"), VERSIONS)
def test_http_versions(sent: str, meant: str) -> None:
    assert only(har(entry(request__httpVersion=sent))).request.http_version == meant


FAILED = [
    pytest.param(entry(response__status=0, response__content={}), id="Chrome: blocked"),
    pytest.param(entry(response__status=-1), id="Charles: -1"),
    pytest.param(entry(response__status="(failed)"), id="status as words"),
    pytest.param(entry(response__status=""), id="empty status"),
    pytest.param(entry(response=None), id="no response"),
    pytest.param({**entry(), "response": None}, id="response is null"),
    pytest.param({**entry(), "response": []}, id="PHP: empty object as list"),
]


@pytest.mark.parametrize("item", FAILED)
def test_failed_exchanges_are_exchanges(item: dict[str, Any]) -> None:
    found = only(har(item))
    assert found.response is None
    assert found.request.host == "api.weixin.qq.com"


def test_the_word_of_the_browser_is_kept() -> None:
    item = entry(response__status=0, response___error="net::ERR_CONNECTION_REFUSED")
    assert only(har(item)).error == "net::ERR_CONNECTION_REFUSED"


def test_pseudo_headers_are_no_fields_and_give_the_target() -> None:
    fields = [
        {"name": ":authority", "value": "api.weixin.qq.com"},
        {"name": ":path", "value": "/cgi-bin/user/get?a=%E4%BD%A0"},
        {"name": ":method", "value": "GET"},
        {"name": "accept", "value": "*/*"},
    ]
    found = only(har(entry(request__headers=fields)))
    assert found.request.headers.fields == ((b"accept", b"*/*"),)
    assert found.request.target == b"/cgi-bin/user/get?a=%E4%BD%A0"


URLS = [
    pytest.param("/a?b=1", ("http", "api.weixin.qq.com", 80, b"/a?b=1"), id="relative"),
    pytest.param("https://h:8443/a#f", ("https", "h", 8443, b"/a"), id="port and fragment"),
    pytest.param("https://u:p@h/a", ("https", "h", 443, b"/a"), id="user info"),
    pytest.param("https://h?x=1", ("https", "h", 443, b"/?x=1"), id="no path"),
    pytest.param("https://[::1]:8443/", ("https", "::1", 8443, b"/"), id="IPv6"),
    pytest.param("wss://h/ws", ("wss", "h", 443, b"/ws"), id="WebSocket"),
    pytest.param("data:text/plain,hi", ("data", "", 0, b"data:text/plain,hi"), id="data URL"),
    pytest.param("https://h/\ud800", ("https", "h", 443, b"/\xef\xbf\xbd"), id="lone surrogate"),
]


@pytest.mark.parametrize(("url", "parts"), URLS)
def test_urls(url: str, parts: tuple[str, str, int, bytes]) -> None:
    request = only(har(entry(request__url=url))).request
    assert (request.scheme, request.host, request.port, request.target) == parts


def sent(**changes: Any) -> Body | None:
    length = {"name": "Content-Length", "value": str(changes.pop("length", 0))}
    item = entry(request__method="POST", request__headers=[length], **changes)
    return only(har(item)).request.body


def test_length_on_the_wire_proves_a_body_exact() -> None:
    assert sent(request__postData={"text": TEXT}, length=SIZE) == Body(TEXT.encode())


def test_changed_line_breaks_are_not_exact() -> None:
    body = sent(request__postData={"mimeType": "", "text": "a\nb"}, length=4)
    assert body is not None
    assert body.data == b"a\nb"
    assert not body.is_exact


def test_params_without_text_become_a_form() -> None:
    params = [{"name": "a b", "value": "1&2"}, {"name": "c", "value": None}]
    body = sent(request__postData={"mimeType": "x", "params": params}, length=9)
    assert body == Body(b"a+b=1%262&c=", is_exact=False)


def test_body_left_out_is_missing_not_empty() -> None:
    assert sent(length=9) is None


def answered(**changes: Any) -> Body | None:
    found = only(har(entry(**changes))).response
    assert found is not None
    return found.body


BODIES = [
    pytest.param({}, Body(TEXT.encode()), id="size fits"),
    pytest.param({"response__content__size": -1, "response__bodySize": -1},
                 Body(TEXT.encode(), is_exact=False), id="no size: a guess"),
    pytest.param({"response__content__size": 7, "response__bodySize": -1},
                 Body(TEXT.encode(), is_exact=False), id="size lies"),
    pytest.param({"response__content__text": None}, None, id="Chrome: content without text"),
    pytest.param({"response__content": {}}, None, id="empty content"),
    pytest.param({"response__content": None}, None, id="no content"),
    pytest.param({"response__content": {"size": 0}, "response__bodySize": 0}, EMPTY_BODY,
                 id="truly empty"),
    pytest.param({"response__status": 304, "response__content": {}}, EMPTY_BODY, id="304"),
    pytest.param({"response__content__text": "a\ufffdb", "response__content__size": 5,
                  "response__bodySize": 5}, Body(b"a\xef\xbf\xbdb", is_exact=False),
                 id="a byte was replaced"),
    pytest.param({"response__content": {"size": 4, "mimeType": "text/plain; charset=gbk",
                                        "text": "无效"}, "response__bodySize": 4},
                 Body("无效".encode("gbk")), id="declared charset"),
    pytest.param({"response__content__text": {"errcode": 1}, "response__content__size": 13,
                  "response__bodySize": 13}, Body(b'{"errcode":1}'), id="JSON unquoted"),
    pytest.param({"response__headers": [{"name": "Content-Encoding", "value": "gzip"}],
                  "response__bodySize": 9},
                 Body(TEXT.encode(), is_decoded=True, sent_bytes=9), id="gzip taken off"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "body"), BODIES)
def test_response_bodies(changes: dict[str, Any], body: Body | None) -> None:
    assert answered(**changes) == body


def test_one_bad_entry_never_costs_the_others() -> None:
    bad = [None, 5, "x", {}, {"request": None}, {"request": {"method": "GET"}}]
    found = list(capture_from_bytes(har(entry(), *bad, entry()), "a.har"))
    assert [isinstance(item, Skipped) for item in found] == [False, *[True] * len(bad), False]
    assert all(item.index == index for index, item in enumerate(found))
    assert found[4] == Skipped(4, "has no request")


def test_unsorted_and_duplicated_entries_come_in_order_of_time() -> None:
    late, early = entry(), entry(startedDateTime="2026-11-20T09:00:00Z")
    capture = capture_from_bytes(har(late, early, early, {"odd": 1}, late), "a.har")
    assert list(capture.order()) == [1, 2, 3, 0, 4]


def test_whistle_text_of_header_values_is_mended() -> None:
    fields = [
        {"name": "X-Name", "value": "名".encode().decode("latin-1")},
        {"name": "X-N", "value": 5},
    ]
    found = only(har(entry(response__headers=fields)))
    assert found.response is not None
    assert found.response.headers.fields == ((b"X-Name", "名".encode()), (b"X-N", b"5"))


def test_chrome_websocket_messages() -> None:
    messages = [
        {"type": "send", "time": 1795168800.5, "opcode": 1, "data": "hi"},
        {"type": "receive", "time": 1795168801.5, "opcode": 2, "data": "AP8="},
    ]
    found = only(har(entry(_webSocketMessages=messages))).websocket
    assert [(m.from_client, m.opcode, m.data) for m in found] == [
        (True, 1, b"hi"),
        (False, 2, b"\0\xff"),
    ]
