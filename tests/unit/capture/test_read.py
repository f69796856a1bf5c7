"""A capture is picked by what it holds; what is none is one line."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

from why401.capture.entry import Entry
from why401.capture.errors import CaptureError
from why401.capture.read import capture_from_bytes, read_capture

HAR = json.dumps(
    {"log": {"comment": "c", "entries": [{"request": {"url": "https://h/"}}] * 3}}
).encode()


def flows() -> bytes:
    file = io.BytesIO()
    FlowWriter(file).add(tflow.tflow(resp=True))
    return file.getvalue()


REFUSED = [
    pytest.param(b"", "is empty", id="empty"),
    pytest.param(b" \n", "is empty", id="blank"),
    pytest.param(b"hello", "is neither JSON nor", id="text"),
    pytest.param(b"\x89PNG\r\n", "is neither JSON nor", id="binary"),
    pytest.param(b"{", "is not valid JSON", id="half a brace"),
    pytest.param(b"{}", "no log.entries", id="JSON, no HAR"),
    pytest.param(b"[1, 2]", "no log.entries", id="a list of something else"),
    pytest.param(b'{"log": {"entries": 5}}', "no log.entries", id="entries no list"),
    pytest.param(b"\x1f\x8bbroken", "damaged", id="gzip broken"),
    pytest.param(b"12:x", "is no capture", id="tnetstring broken"),
]


@pytest.mark.parametrize(("data", "message"), REFUSED)
def test_what_is_no_capture_is_one_line(data: bytes, message: str) -> None:
    with pytest.raises(CaptureError, match=message) as caught:
        capture_from_bytes(data, "a.har")
    assert str(caught.value).startswith("a.har: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(CaptureError, match=r"gone\.har: cannot be read: No such file"):
        read_capture("gone.har")


def test_a_directory_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="cannot be read"):
        read_capture(str(tmp_path))


CUT = [
    pytest.param(HAR[:-30], 2, id="HAR"),
    pytest.param(gzip.compress(HAR)[:-8], 3, id="gzip without its end"),
    pytest.param(flows() + flows()[:-9], 1, id="flow file"),
]


@pytest.mark.parametrize(("data", "entries"), CUT)
def test_truncated_file_gives_what_there_is_and_says_so(data: bytes, entries: int) -> None:
    capture = capture_from_bytes(data, "a.har")
    assert len(capture) == entries
    assert capture.error is not None
    assert "cut off" in str(capture.error)


def test_flow_file_is_known_by_its_content() -> None:
    (entry,) = capture_from_bytes(flows(), "a.har")
    assert isinstance(entry, Entry)
    assert entry.exchange().request.target == b"/path"


def test_standard_input_and_har_without_mitmproxy() -> None:
    code = (
        "import sys; from why401.capture.read import read_capture;"
        "print(len(read_capture('-')), any(m.startswith('mitmproxy') for m in sys.modules))"
    )
    path = str(Path(__file__).parents[3] / "addons")
    result = subprocess.run(
        [sys.executable, "-c", code], input=HAR, capture_output=True, env={"PYTHONPATH": path}
    )
    assert result.stdout.split() == [b"3", b"False"], result.stderr


def exhaust(data: bytes) -> None:
    try:
        capture = capture_from_bytes(data, "a")
    except CaptureError:
        return
    for entry in map(capture.entry, capture.order()):
        if isinstance(entry, Entry):
            entry.exchange()
            assert entry.annotation is None or entry.annotation


@given(st.binary(max_size=200))
def test_any_bytes_give_a_capture_or_one_error(data: bytes) -> None:
    exhaust(data)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
NAMES = """
url method headers status content text size encoding postData params bodySize comment timings
wait startedDateTime _raw name value _webSocketMessages _why401 mimeType target port _trailers
"""
PARTS = st.sampled_from(NAMES.split())
OBJECTS = st.recursive(PLAIN, lambda inner: st.dictionaries(PARTS, inner, max_size=5), max_leaves=9)


@given(OBJECTS, OBJECTS, OBJECTS)
def test_entries_of_any_shape(request: object, response: object, more: object) -> None:
    entry = {**(more if isinstance(more, dict) else {}), "request": request, "response": response}
    if isinstance(request, dict):
        entry["request"] = {"url": "https://h/", **request}
    exhaust(json.dumps({"log": {"entries": [entry]}}).encode("utf-8", "replace"))


@given(st.integers(0, len(HAR)), st.binary(max_size=3))
def test_damage_at_any_place_is_survived(at: int, noise: bytes) -> None:
    exhaust(HAR[:at] + noise + HAR[at + len(noise) :])


DAMAGED = flows()


@given(st.integers(0, len(DAMAGED)), st.binary(min_size=1, max_size=3))
def test_damaged_flow_files(at: int, noise: bytes) -> None:
    exhaust(DAMAGED[:at] + noise + DAMAGED[at + len(noise) :])
