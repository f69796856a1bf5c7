"""A flow as an exchange: the bytes as they were, nothing decoded."""

from __future__ import annotations

import pytest
from mitmproxy import http
from mitmproxy.test import tflow

from why401.model import EMPTY_BODY, Body
from why401.proxy.exchange import exchange_from_flow


def test_bytes_are_as_they_were_on_the_wire() -> None:
    flow = tflow.tflow(resp=True)
    flow.request.data.path = b"/a%2fb?x=\xff"
    flow.request.headers = http.Headers(((b"X-A", b"1"), (b"x-a", b"\xe9")))
    assert flow.response is not None
    flow.response.headers["content-encoding"] = "gzip"
    flow.response.data.content = b"\x1f\x8bnot gzip"
    found = exchange_from_flow(flow)
    assert found.id == flow.id
    assert found.request.target == b"/a%2fb?x=\xff"
    assert found.request.headers.fields == ((b"X-A", b"1"), (b"x-a", b"\xe9"))
    assert found.response is not None
    assert found.response.body == Body(b"\x1f\x8bnot gzip")
    assert found.client == flow.client_conn.id
    assert found.client_address == "127.0.0.1:22"
    assert found.server_address == "192.168.0.1:22"


def test_streamed_body_is_missing_not_empty() -> None:
    flow = tflow.tflow(resp=True)
    flow.request.data.content = b""
    assert flow.response is not None
    flow.response.data.content = None
    found = exchange_from_flow(flow, "a#1")
    assert found.id == "a#1"
    assert found.request.body == EMPTY_BODY
    assert found.response is not None
    assert found.response.body is None


def test_failed_exchange_has_the_words_of_the_proxy() -> None:
    found = exchange_from_flow(tflow.tflow(err=True))
    assert found.response is None
    assert found.error == "error"


def test_times_count_a_connection_only_where_it_was_opened_for_this_exchange() -> None:
    flow = tflow.tflow(resp=True)
    request, server = flow.request.data, flow.server_conn
    assert flow.response is not None
    request.timestamp_start, request.timestamp_end = 100.0, 100.1
    server.timestamp_start, server.timestamp_tcp_setup = 100.1, 100.2
    server.timestamp_tls_setup = 100.4
    flow.response.data.timestamp_start, flow.response.data.timestamp_end = 100.5, 100.6
    times = exchange_from_flow(flow).times
    assert times.request_sent == 100.4
    assert round(times.connect_ms or 0) == 300
    assert round(times.tls_ms or 0) == 200
    server.timestamp_start = 50.0
    assert exchange_from_flow(flow).times.connect_ms is None
    assert exchange_from_flow(flow).times.request_sent == 100.1


def test_messages_of_a_websocket_keep_side_and_kind() -> None:
    found = exchange_from_flow(tflow.twebsocketflow()).websocket
    assert [(each.from_client, each.opcode, each.data) for each in found] == [
        (True, 2, b"hello binary"),
        (True, 1, b"hello text"),
        (False, 1, b"it's me"),
        (False, 8, b"\x03\xe8"),
    ]


@pytest.mark.parametrize("code", [None, 1005, 1006, 7, 70_000])
def test_a_websocket_that_no_frame_closed_ends_with_its_last_message(code: int | None) -> None:
    flow = tflow.twebsocketflow()
    assert flow.websocket is not None
    flow.websocket.close_code = code
    assert exchange_from_flow(flow).websocket[-1].opcode == 1


def test_ipv6_addresses_stand_in_brackets() -> None:
    flow = tflow.tflow()
    flow.client_conn.peername = ("::1", 5000, 0, 0)  # type: ignore[assignment]
    flow.server_conn.peername = None
    found = exchange_from_flow(flow)
    assert found.client_address == "[::1]:5000"
    assert found.server_address == ""
