"""Chrome leaves Authorization and cookies out of a HAR by default, and does not say so."""

import json
from typing import Any

import pytest

from why401.capture.entry import Entry
from why401.capture.read import capture_from_bytes
from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.load import load_knowledge
from why401.masking import Masker


def har(creator: str, *request_headers: str, **extras: Any) -> bytes:
    headers = [{"name": name, "value": "x"} for name in request_headers]
    entry = {
        "startedDateTime": "2026-11-20T00:00:00Z",
        "time": 1,
        "request": {"method": "GET", "url": "https://h/x", "headers": headers},
        "response": {"status": 401, "headers": [{"name": "WWW-Authenticate", "value": "Bearer"}]},
    }
    entry |= extras
    other = {**entry, "response": {"status": 200, "headers": []}}
    return json.dumps({"log": {"creator": {"name": creator}, "entries": [entry, other]}}).encode()


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        pytest.param(
            har("WebInspector", "host"), "auth/missing#left-out-of-export", id="Chrome, sanitised"
        ),
        pytest.param(
            har("WebInspector", ":authority", "cookie"),
            "auth/missing#not-sent",
            id="Chrome, not sanitised",
        ),
        pytest.param(har("Firefox", "Host"), "auth/missing#not-sent", id="others leave none out"),
        pytest.param(
            har("Puppeteer", "user-agent"),
            "auth/missing#left-out-of-export",
            id="what the client added was not noted",
        ),
        pytest.param(har("mitmproxy"), "auth/missing#not-sent", id="HTTP/2 as a proxy notes it"),
        pytest.param(
            har("why401", _sanitised=True),
            "auth/missing#left-out-of-export",
            id="noted when it was exported again",
        ),
    ],
)
def test_absence_in_a_sanitised_capture_proves_nothing(data: bytes, verdict: str) -> None:
    entry = capture_from_bytes(data, "a.har").entry(0)
    assert isinstance(entry, Entry)
    diagnoser = Diagnoser(load_knowledge().knowledge, NO_KEYS, Masker(b"k" * 32))
    diagnosis = diagnoser.diagnose(entry.exchange()).diagnosis
    assert diagnosis.verdict == verdict
    assert (diagnosis.certainty == "possible") == ("left-out" in verdict)
