"""The HTML report as a document: what is in it, what never is."""

from __future__ import annotations

import base64
import hashlib
import html
import html.parser
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hars import entry, refused
from tests.unit.report.rows import FINDING, diagnosis, row

from why401.knowledge.rule import Text
from why401.model import Plain
from why401.report.html import MAX_ROWS, Frame, report, write_report
from why401.report.html_groups import FULL, Row

FRAME = Frame(
    sources=({"path": "a.har", "entries": 3, "flagged": 1, "skipped": 0},),
    receipt=Text("已隐去 1 处", "1 replaced"),
    language="en",
    version="1",
    made_s=1795168800.0,
)


def page(*rows: Row, frame: Frame = FRAME) -> str:
    return "".join(report(rows, frame))


class _Reader(html.parser.HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.outside: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []

    VOID = frozenset({"meta", "link", "input", "br"})

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and (value or "").startswith("#"):
                self.links.append((value or "")[1:])
            if name in ("src", "srcset", "action", "data", "poster", "style") or name[:2] == "on":
                self.outside.append(f"{tag} {name}={value}")

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_every_exchange_has_an_anchor_and_every_link_an_end() -> None:
    found = read(page(row(0), row(1, diagnosis()), row(2)))
    assert len(found.ids) == len(set(found.ids))
    assert {"e0", "e1", "e2", "g1"} <= set(found.ids)
    assert set(found.links) <= set(found.ids)


def test_several_files_have_anchors_of_their_own() -> None:
    sources = ({"path": "a.har", "entries": 1, "flagged": 0, "skipped": 0},) * 1 + (
        {"path": "b.har", "entries": 1, "flagged": 1, "skipped": 0},
    )
    frame = Frame(sources, FRAME.receipt, "en", "1", 0.0)
    text = page(row(0), row(0, diagnosis(), id="b.har#0", source="b.har"), frame=frame)
    assert {"s1e0", "s2e0"} <= set(read(text).ids)


def test_nothing_comes_from_outside_and_nothing_else_may_run() -> None:
    text = page(row(0), row(1, diagnosis()))
    found = read(text)
    assert found.outside == []
    assert not {"img", "iframe", "object", "embed", "base"} & set(found.tags)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    allowed = html.unescape(policy[1])
    assert "default-src 'none'" in allowed
    assert "unsafe" not in allowed
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed


def test_only_web_addresses_become_links() -> None:
    text = page(row(1, diagnosis()))
    assert 'href="https://example.com/spec"' in text
    assert 'href="javascript' not in text


def test_failures_of_one_cause_are_one_block() -> None:
    text = page(*(row(number, diagnosis()) for number in range(50)))
    found = read(text)
    assert [each for each in found.ids if re.fullmatch(r"g\d+", each)] == ["g1"]
    assert "×50" in text
    assert text.count('class="facets"') == FULL
    assert {f"e{number}" for number in range(50)} <= set(found.ids)


def test_both_languages_are_in_the_page() -> None:
    text = page(row(1, diagnosis()))
    for word in ("因此", "therefore", "改法", "because", "已证实", "proven"):
        assert word in text


def test_what_a_credential_says_is_named_in_both_languages() -> None:
    credential = {
        "kind": "credential",
        "scheme": "bearer",
        "where": "request.header.authorization",
        "format": "opaque",
        "decoded": {"length": 20, "placeholder": "[redacted:token:01234567]", "exotic": 1},
    }
    check = {"scheme": "jwt", "subject": "token", "status": "unverifiable"}
    text = page(row(1, diagnosis(credentials=[credential], signatures=[check])))
    said = ("长度", "length", "隐去后写作", "shown as", "不透明", "opaque")
    for word in (*said, "令牌", "token", "无法核对", "cannot be checked", "exotic"):
        assert f">{word}<" in text
    assert "unverifiable" not in text
    assert ">placeholder<" not in text


def test_nothing_wrong_is_said_in_one_line() -> None:
    assert "nothing wrong was found" in page(row(0))


def test_many_healthy_exchanges_are_counted_not_listed() -> None:
    rows = [row(number) for number in range(MAX_ROWS + 5)]
    assert "5 more healthy exchanges not listed" in page(*rows)


def test_without_redaction_the_page_says_so_on_top() -> None:
    frame = Frame(FRAME.sources, Text("未脱敏", "NOT redacted"), "en", "1", 0.0, is_redacted=False)
    text = page(row(1, diagnosis()), frame=frame)
    assert text.index("NOT redacted") < text.index('id="findings"')


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    write_report(out, [row(1, diagnosis())], FRAME)
    assert out.stat().st_mode & 0o777 == 0o600
    assert (
        out.read_bytes().startswith(b"\n<!doctype html>") or b"<!doctype html>" in out.read_bytes()
    )


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x00\ud800'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(
    JSON,
    st.text(max_size=30) | st.just(HOSTILE),
    st.text(max_size=10) | st.just(HOSTILE),
    st.sampled_from([None, 0.0, 1e18, -5.0, 1795168800.5]),
)
def test_whatever_the_traffic_says_the_page_keeps_its_shape(
    seen: Plain, url: str, method: str, at_s: float | None
) -> None:
    finding = FINDING | {
        "evidence": [{"where": HOSTILE, "seen": seen}],
        "related": [HOSTILE],
        "title": {"zh": HOSTILE, "en": url},
    }
    found = diagnosis(
        findings=[finding],
        credentials=[
            {"kind": "credential", "scheme": "x", "where": url, "decoded": {"a": seen, url: {}}}
        ],
        timeline=[{"event": url, "exchange": url, "at_s": at_s, "subject": url}],
        signatures=[
            {"scheme": "x", "subject": "request", "status": "mismatch", "string_to_sign": url}
        ],
    )
    text = page(row(1, found, url=url, method=method, at_s=at_s), row(2, url=url, at_s=at_s))
    text.encode("utf-8", "replace")
    parts = read(text)
    assert parts.tags.count("script") == 1
    assert "img" not in parts.tags
    assert parts.outside == []
    assert "\u202e" not in text


@pytest.mark.parametrize("make", [entry, refused])
def test_rows_know_their_host(make: Any) -> None:
    assert row(1, url=make()["request"]["url"]).host == "api.example.com"
