"""A HAR of ours read by mitmproxy's own reader: the same exchanges, and just the losses that
docs/har.md lists."""

from __future__ import annotations

import gzip
import io
import json

import msgspec
import pytest
from mitmproxy import http
from mitmproxy.io import FlowReader
from tests.exchanges import exchange

from why401.model import Body, Exchange, Headers, WebSocketMessage
from why401.report.annotation import Annotation
from why401.report.har import dump_har

URL = "https://api.example.com/orders?page=2&q=%E8%8C%B6"
JSON = {"Content-Type": "application/json; charset=utf-8"}
ORDER = json.dumps({"tea": "茶"}, ensure_ascii=False).encode()


def read(item: Exchange, note: Annotation | None = None) -> http.HTTPFlow:
    """Return what mitmproxy makes of `item`."""
    file = io.BytesIO()
    dump_har(file, [(item, note)], version="1")
    file.seek(0)
    (flow,) = FlowReader(file).stream()
    assert isinstance(flow, http.HTTPFlow)
    return flow


def answered(flow: http.HTTPFlow) -> http.Response:
    assert flow.response is not None
    return flow.response


def length_of(item: Exchange) -> bytes:
    return str(len(item.request.body.data) if item.request.body else 0).encode()


SAME = [
    pytest.param(exchange(URL, response_headers=JSON, response_body=ORDER), id="JSON"),
    pytest.param(exchange(URL, method="DELETE", body=b"why=late"), id="body of a DELETE"),
    pytest.param(exchange(URL, method="POST", headers=JSON, body=ORDER, status=500), id="POST"),
    pytest.param(exchange(URL, response_body=b"\x89PNG\r\n\0\xff" * 9), id="binary answer"),
    pytest.param(
        exchange(URL, headers=(("X-A", "1"), ("X-A", "2")), response_headers=(("B", "茶"),)),
        id="fields in their order",
    ),
]


@pytest.mark.parametrize("item", SAME)
def test_the_exchange_is_the_same(item: Exchange) -> None:
    flow = read(item)
    assert item.response is not None
    assert item.request.body is not None
    assert item.response.body is not None
    assert (flow.request.method, flow.request.url) == (item.request.method, item.request.url)
    assert flow.request.headers.fields[-1:] == ((b"content-length", length_of(item)),)
    assert flow.request.headers.fields[:-1] == item.request.headers.fields
    assert flow.request.raw_content == item.request.body.data
    assert answered(flow).status_code == item.response.status
    fields = answered(flow).headers.fields
    assert [each for each in fields if each[0] != b"content-length"] == [*item.response.headers]
    assert answered(flow).raw_content == item.response.body.data
    assert flow.request.timestamp_start == item.times.started


def test_comments_and_what_begins_with_an_underscore_are_lost() -> None:
    message = WebSocketMessage(from_client=True, opcode=1, data=b"hello", at_s=1.7e9)
    trailers = Headers(((b"X-Sum", b"1"),))
    item = exchange(URL)
    assert item.response is not None
    item = msgspec.structs.replace(
        item,
        websocket=(message,),
        response=msgspec.structs.replace(item.response, trailers=trailers),
    )
    flow = read(item, Annotation("Expired", diagnosis={"schema": "why401/1"}))
    assert (flow.comment, flow.metadata, flow.websocket) == ("", {}, None)
    assert answered(flow).trailers is None


def test_a_failure_becomes_an_answer_of_status_0() -> None:
    flow = read(msgspec.structs.replace(exchange(URL, status=0), error="connection refused"))
    assert (answered(flow).status_code, flow.error) == (0, None)


def test_binary_request_bodies_stay_base64() -> None:
    assert read(exchange(URL, method="POST", body=b"\xff\0")).request.raw_content == b"/wA="


def test_bodies_come_without_their_content_encoding() -> None:
    encoded = {**JSON, "Content-Encoding": "gzip"}
    flow = read(exchange(URL, response_headers=encoded, response_body=gzip.compress(ORDER)))
    assert answered(flow).raw_content == ORDER
    assert "content-encoding" not in answered(flow).headers


def test_text_of_no_known_charset_becomes_latin_1_where_it_fits() -> None:
    item = exchange(
        URL, response_headers={"Content-Type": "text/plain"}, response_body="é".encode()
    )
    assert answered(read(item)).raw_content == "é".encode("latin-1")


def test_reason_port_client_and_phases_are_those_of_no_capture() -> None:
    item = exchange("http://api.example.com:8080/")
    assert item.response is not None
    times = msgspec.structs.replace(item.times, response_started=1.8e9, ended=1.8e9 + 1)
    flow = read(
        msgspec.structs.replace(
            item,
            response=msgspec.structs.replace(item.response, reason="Fine", body=Body(b"")),
            server_address="192.0.2.1:8080",
            times=times,
        )
    )
    assert answered(flow).reason == "OK"
    assert flow.server_conn.address == ("192.0.2.1", 80)
    assert flow.client_conn.peername == ("127.0.0.1", 0)
    assert flow.request.timestamp_end == answered(flow).timestamp_end
