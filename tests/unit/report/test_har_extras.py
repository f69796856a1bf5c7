"""What other programs wrote into a HAR is kept when it is written again, without secrets."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.har_schema import check_har
from tests.hars import entry, har

from why401.capture.entry import Entry
from why401.capture.read import capture_from_bytes
from why401.masking import Masker
from why401.report.har import HarFile
from why401.report.har_extras import Extras, add_extras, extras_of
from why401.report.redaction import Redactor

SECRET = "q7Zr2mK9xW4tB8vN"


def browser_entry() -> dict[str, Any]:
    """Return an entry as Chrome writes it, with a secret in what HAR 1.2 does not know."""
    found = entry(f"https://api.example.com/orders#access_token={SECRET}&tab=2")
    found["_initiator"] = {"type": "script", "url": f"https://a.example/?token={SECRET}", "line": 3}
    found["_priority"] = "High"
    found["_resourceType"] = "fetch"
    found["cache"] = {
        "afterRequest": {"lastAccess": "2026-11-20T10:00:00Z", "eTag": "", "hitCount": 1}
    }
    found["request"]["_id"] = 7
    found["response"] |= {"_transferSize": 410, "_error": None, "_fetchedViaServiceWorker": False}
    found["response"]["content"]["_kind"] = "json"
    found["timings"]["_blocked_queueing"] = 1.5
    return found


def rewritten(data: bytes, redactor: Redactor | None = None) -> bytes:
    file = io.BytesIO()
    out = HarFile(file, version="1")
    for each in capture_from_bytes(data, "a.har"):
        assert isinstance(each, Entry)
        extras = each.extras()
        out.add(each.exchange(), each.annotation, redactor.extras(extras) if redactor else extras)
    out.close()
    return file.getvalue()


def test_nothing_that_a_browser_wrote_is_lost() -> None:
    given = browser_entry()
    data = rewritten(har(given))
    found = json.loads(data)["log"]["entries"][0]
    check_har(json.loads(data))
    assert found["request"]["url"] == given["request"]["url"]
    assert found["cache"] == given["cache"]
    for name in ("_initiator", "_priority", "_resourceType"):
        assert found[name] == given[name]
    assert found["request"]["_id"] == 7
    assert found["response"]["_transferSize"] == 410
    assert "_error" not in found["response"]
    assert found["response"]["content"]["_kind"] == "json"
    assert "_blocked_queueing" not in found["timings"]
    assert rewritten(data) == data


def test_no_secret_is_kept_with_it() -> None:
    data = rewritten(har(browser_entry()), Redactor(Masker(b"k")))
    found = json.loads(data)["log"]["entries"][0]
    assert SECRET not in data.decode()
    assert found["request"]["url"].endswith("&tab=2")
    assert found["_initiator"]["line"] == 3
    assert rewritten(data, Redactor(Masker(b"k"))) == data


NAMES = st.sampled_from(
    ("_a", "_error", "_raw", "_why401", "_size", "a", "cache", "url", "_client")
)
VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=4), st.dictionaries(NAMES, st.text()))
PARTS = st.dictionaries(NAMES, VALUES, max_size=3)
PART_NAMES = ("request", "response", "timings", "cache", "content")


@given(st.dictionaries(st.sampled_from(PART_NAMES), st.one_of(PARTS, VALUES)), VALUES)
def test_any_entry_is_taken_as_it_is(given: dict[str, Any], other: Any) -> None:
    extras_of(other)
    extras = extras_of(given)
    ours = {
        "request": {"url": "/", "_raw": 1},
        "response": {"content": {}},
        "timings": {},
        "cache": {},
    }
    add_extras(ours, extras)
    assert ours["request"]["_raw"] == 1
    assert "_why401" not in ours
    assert extras_of(ours) == extras or extras.parts.get("content")


def test_what_says_nothing_has_no_extras() -> None:
    assert extras_of(entry()) == Extras() == extras_of([])
