from typing import Any

import pytest
from tests.exchanges import exchange

from why401.model import Body, Exchange, Headers, Request, Response, WebSocketMessage
from why401.report.annotation import Annotation
from why401.report.har_entry import har_entry

REQUEST = Request("GET", "https", "api.example.com", 443, b"/a?b=c")


def at(entry: dict[str, Any], path: str) -> Any:
    found: Any = entry
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


CASES: list[Any] = [
    pytest.param(
        Exchange("x", REQUEST, error="reset by peer"),
        {"response.status": 0, "response._error": "reset by peer", "response.bodySize": -1}
        | {"response.content._missing": True, "response.headersSize": -1},
        id="no answer",
    ),
    pytest.param(
        Exchange("x", REQUEST, Response(401, body=None)),
        {"response.status": 401, "response.content._missing": True, "response.bodySize": -1},
        id="a body that was not kept",
    ),
    pytest.param(
        Exchange("x", Request("GET", "https", "h", 443, b"/\xff"), None),
        {"request._raw.target": "L/8=", "request._raw.host": "h"},
        id="a target that no text holds",
    ),
    pytest.param(
        Exchange("x", Request("OPTIONS", "https", "h", 443, b"*"), None),
        {"request._raw.target": "Kg=="},
        id="asterisk form",
    ),
    pytest.param(
        exchange("https://h/", method="POST", body=b"a=1", headers={"Content-Type": "text/plain"}),
        {"request.postData.text": "a=1", "request.postData._size": 3, "request.bodySize": 3}
        | {"request.postData.mimeType": "text/plain"},
        id="a request's body",
    ),
    pytest.param(
        exchange("https://h/", method="POST", body=b"\xff\xfe"),
        {"request.postData.text": "//4=", "request.postData._encoding": "base64"},
        id="binary: HAR has no encoding for requests",
    ),
    pytest.param(
        Exchange("x", REQUEST, server_address="[2001:db8::1]:8443", server="s", client="c"),
        {"serverIPAddress": "2001:db8::1", "_serverPort": 8443, "connection": "s", "_client": "c"},
        id="IPv6 without brackets",
    ),
    pytest.param(
        Exchange("x", REQUEST, Response(200, trailers=Headers(((b"T", b"1"),)))),
        {"response._trailers": [{"name": "T", "value": "1"}]},
        id="trailers",
    ),
    pytest.param(
        Exchange("x", REQUEST, Response(302, headers=Headers(((b"Location", b"/b"),)))),
        {"response.redirectURL": "/b"},
        id="redirect",
    ),
    pytest.param(
        Exchange("x", REQUEST, Response(200, http_version="HTTP/2.0", body=Body(b"hi"))),
        {"response.headersSize": -1, "response.content.size": 2, "response.content.text": "hi"},
        id="HTTP/2 has no size of headers",
    ),
]


@pytest.mark.parametrize(("item", "expected"), CASES)
def test_entry(item: Exchange, expected: dict[str, Any]) -> None:
    entry = har_entry(item)
    assert {path: at(entry, path) for path in expected} == expected


def test_web_socket_messages_as_chrome_writes_them() -> None:
    messages = (
        WebSocketMessage(True, 1, b"hi", 1795132800.5),
        WebSocketMessage(False, 2, b"\xff", 1e300),
    )
    entry = har_entry(Exchange("x", REQUEST, Response(101), websocket=messages))
    assert entry["_resourceType"] == "websocket"
    sent, received = entry["_webSocketMessages"]
    assert (sent["type"], sent["opcode"], sent["data"]) == ("send", 1, "hi")
    assert (received["type"], received["time"], received["data"]) == ("receive", 0, "/w==")


def test_the_annotation_stands_where_tools_show_it() -> None:
    entry = har_entry(
        Exchange("x", REQUEST), Annotation("why\nmore", "carries", "asks", {"schema": "s"}, "p1")
    )
    assert entry["comment"] == "why\nmore"
    assert entry["request"]["comment"] == "carries"
    assert entry["response"]["comment"] == "asks"
    assert (entry["_why401"], entry["pageref"], entry["_pinned"]) == ({"schema": "s"}, "p1", "true")


def test_without_annotation_there_is_none() -> None:
    assert (
        not {"comment", "_why401", "_pinned", "pageref"} & har_entry(Exchange("x", REQUEST)).keys()
    )
