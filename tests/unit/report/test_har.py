"""The HAR writer: valid always, nothing lost, and the same again after reading."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.any_exchange import exchanges
from tests.har_schema import check_har

from why401.capture.entry import Entry
from why401.capture.read import capture_from_bytes
from why401.model import Body, Exchange, Headers, Request, Response, Times, WebSocketMessage
from why401.report.annotation import Annotation
from why401.report.atomic import OutputError, whole_file
from why401.report.har import Page, dump_har

REQUEST = Request("GET", "https", "api.example.com", 443, b"/v1/orders?id=7")
DIAGNOSIS: dict[str, Any] = {"schema": "why401/1", "verdict": "jwt/expired", "findings": []}
ANNOTATION = Annotation("Expired\nmore", "the token", "the challenge", DIAGNOSIS, "p1")


def written(*exchanges: Exchange, annotation: Annotation | None = None) -> bytes:
    file = io.BytesIO()
    dump_har(file, [(item, annotation) for item in exchanges], version="1", comment="c")
    return file.getvalue()


def read_back(data: bytes) -> list[tuple[Exchange, Annotation | None]]:
    found = []
    for entry in capture_from_bytes(data, "a.har"):
        assert isinstance(entry, Entry)
        found.append((entry.exchange(), entry.annotation))
    return found


def rewritten(data: bytes) -> bytes:
    file = io.BytesIO()
    dump_har(file, read_back(data), version="1", comment=json.loads(data)["log"]["comment"])
    return file.getvalue()


@given(st.lists(exchanges(), max_size=3))
def test_every_output_is_har_1_2_and_a_fixpoint(items: list[Exchange]) -> None:
    data = written(*items)
    check_har(json.loads(data))
    assert rewritten(data) == data


@given(exchanges())
def test_bytes_come_back(item: Exchange) -> None:
    found = read_back(written(item))[0][0]
    assert found.request.target == item.request.target
    assert found.request.headers == item.request.headers
    if item.response is not None:
        assert found.response is not None
        assert found.response.headers == item.response.headers
        assert found.response.trailers == item.response.trailers
        if item.response.body and not item.response.headers.values("content-encoding"):
            assert found.response.body is not None
            assert found.response.body.data == item.response.body.data


def test_annotation_stands_where_tools_look() -> None:
    har = json.loads(written(Exchange("x", REQUEST), annotation=ANNOTATION))
    entry = har["log"]["entries"][0]
    assert entry["comment"].splitlines()[0] == "Expired"
    assert entry["request"]["comment"] == "the token"
    assert entry["response"]["comment"] == "the challenge"
    assert entry["_why401"] == DIAGNOSIS
    assert entry["_pinned"] == "true"
    assert entry["pageref"] == "p1"


def test_annotation_is_read_back() -> None:
    data = written(Exchange("x", REQUEST), annotation=ANNOTATION)
    assert read_back(data)[0][1] == ANNOTATION
    assert rewritten(data) == data


def test_failed_exchange_is_there_and_complete() -> None:
    har = json.loads(written(Exchange("x", REQUEST, error="connection refused")))
    response = har["log"]["entries"][0]["response"]
    assert response["status"] == 0
    assert response["_error"] == "connection refused"
    assert response["content"]["size"] == 0


def test_times_are_counted_as_the_specification_says() -> None:
    times = Times(1795168800.0, 1795168800.1, 1795168800.25, 1795168800.3, 10.0, 60.0, 40.0)
    har = json.loads(written(Exchange("x", REQUEST, Response(200), times=times)))
    entry = har["log"]["entries"][0]
    assert entry["startedDateTime"] == "2026-11-20T10:00:00.000000Z"
    assert entry["timings"] == {
        "blocked": -1, "dns": 10, "connect": 60, "send": 30, "wait": 150, "receive": 50, "ssl": 40,
    }  # fmt: skip
    assert entry["time"] == 300
    assert (
        read_back(written(Exchange("x", REQUEST, Response(200), times=times)))[0][0].times == times
    )


def test_binary_request_body_of_any_method_is_kept() -> None:
    request = Request("DELETE", "https", "h", 443, b"/", body=Body(b"\xff\x00"))
    data = written(Exchange("x", request))
    body = json.loads(data)["log"]["entries"][0]["request"]["postData"]
    assert body["_encoding"] == "base64"
    assert read_back(data)[0][0].request.body == Body(b"\xff\x00")


def test_websocket_messages_are_kept() -> None:
    messages = (
        WebSocketMessage(True, 1, "你好".encode(), 1795168800.5),
        WebSocketMessage(False, 2, b"\x00\xff", 1795168801.5),
        WebSocketMessage(False, 1, b"\xff", 1795168802.5),
        WebSocketMessage(False, 8, b"\x11\x31Unauthorized", 1795168803.5),
        WebSocketMessage(False, 8, b"\x0f\xa0", 1795168804.5),
    )
    found = read_back(written(Exchange("x", REQUEST, Response(101), websocket=messages)))[0][0]
    assert found.websocket == messages


def test_undecodable_body_is_kept_as_it_was_sent() -> None:
    headers = Headers(((b"content-encoding", b"gzip"),))
    body = Body(b"\x1f\x8bdamaged")
    found = read_back(written(Exchange("x", REQUEST, Response(200, headers=headers, body=body))))
    assert found[0][0].response is not None
    assert found[0][0].response.body == body


def test_file_is_private_whole_and_has_pages(tmp_path: Path) -> None:
    path = tmp_path / "out.har"
    with whole_file(path) as file:
        dump_har(
            file, [(Exchange("x", REQUEST), None)], version="1", pages=[Page("p1", "Expired", 2e9)]
        )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    har = json.loads(path.read_bytes())
    check_har(har)
    assert har["log"]["pages"][0]["title"] == "Expired"
    assert [item.name for item in tmp_path.iterdir()] == ["out.har"]


@pytest.mark.parametrize(
    "fault", [KeyboardInterrupt(), OSError(28, "No space left on device"), ValueError("x")],
    ids=["interrupted", "disk full", "any fault"],
)  # fmt: skip
def test_failure_leaves_the_old_file(tmp_path: Path, fault: BaseException) -> None:
    path = tmp_path / "out.har"
    path.write_text("old")

    def entries() -> Any:
        yield Exchange("x", REQUEST), None
        raise fault

    with pytest.raises((type(fault), OutputError)), whole_file(path) as file:
        dump_har(file, entries(), version="1")
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["out.har"]


def test_lone_surrogates_and_nan_in_a_diagnosis_are_made_valid() -> None:
    annotation = Annotation("\ud800", diagnosis={"a\udfff": ["\ud800", float("nan")]})
    data = written(Exchange("x", REQUEST), annotation=annotation)
    check_har(json.loads(data.decode("utf-8")))
    assert rewritten(data) == data
