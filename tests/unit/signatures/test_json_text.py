"""JSON texts as other serialisers write them: the same data, and nothing else changed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from why401.signatures.json_text import (
    HTML,
    MAX_CHARS,
    JsonBody,
    JsonText,
    escaped_non_ascii,
    html_safe,
    html_unsafe,
    slashed,
    unescaped_non_ascii,
    unslashed,
)

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict | list))


@settings(deadline=None)
@given(VALUES)
def test_white_space_is_what_python_writes(value: Any) -> None:
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    spaced = json.dumps(value, ensure_ascii=False)
    pretty = json.dumps(value, ensure_ascii=False, indent=2)
    for text in (compact, spaced, pretty):
        body = JsonText(text)
        assert body.compact == compact
        assert body.spaced() == spaced
        assert body.pretty() == pretty
        assert body.pretty("\t") == json.dumps(value, ensure_ascii=False, indent="\t")


@settings(deadline=None)
@given(VALUES)
def test_escapes_are_what_python_writes(value: Any) -> None:
    plain = json.dumps(value, ensure_ascii=False)
    escaped = json.dumps(value)
    assert escaped_non_ascii(plain).replace("\\u007f", "\x7f") == escaped.replace("\\u007f", "\x7f")
    assert json.loads(unescaped_non_ascii(escaped)) == value
    assert json.loads(slashed(plain)) == value
    assert unslashed(slashed(plain)) == unslashed(plain)
    assert json.loads(html_safe(plain, HTML)) == value
    assert json.loads(html_unsafe(html_safe(plain, HTML))) == value


@pytest.mark.parametrize(
    "number", ["1", "-0", "1.0", "1.10", "1e5", "12345678901234567890123", "0"]
)
def test_numbers_stay_as_they_are_written(number: str) -> None:
    text = f'{{"b":{number},"a":"1"}}'
    body = JsonText(text)
    assert body.rewritten(lambda value: value) is None
    reversed_members = body.rewritten(lambda value: dict(reversed(value.items())))
    assert reversed_members == f'{{"a":"1","b":{number}}}'
    assert body.rewritten(lambda value: value, sort_keys=True) == f'{{"a":"1","b":{number}}}'
    assert body.numbers(lambda _: "X") == '{"b":X,"a":"1"}'


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    body = JsonText(text)
    assert isinstance(body.compact + body.spaced() + body.pretty(), str)
    body.numbers(str.upper)
    body.rewritten(lambda value: value)


@pytest.mark.parametrize("text", ["[" * 5000, '{"a":' * 5000, '"' * 999, "[1" + "0" * 5000 + "]"])
def test_deep_and_long_texts_are_bounded(text: str) -> None:
    body = JsonText(text)
    assert len(body.pretty()) < 1 << 21
    body.rewritten(lambda value: value)


HOSTILE = [
    pytest.param('"' + '\\"' * 30_000, id="no end"),
    pytest.param('"' * 60_001, id="quotes alone"),
    pytest.param('{"a":"' + "\\" * 60_001, id="backslashes"),
    pytest.param("[" * 60_000, id="depth"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_cost_no_more_than_others(text: str) -> None:
    began_s = time.process_time()
    body = JsonText(text)
    assert "".join(body.pieces) == text
    assert (body.value, bool(body.spaced())) == (None, True)
    assert time.process_time() - began_s < 2


BODIES = [
    pytest.param(b'{"a": 1}', '{"a": 1}', id="text"),
    pytest.param(b"\xff{}", None, id="not UTF-8"),
    pytest.param(b" " * (MAX_CHARS + 1), None, id="too long"),
]


@pytest.mark.parametrize(("body", "text"), BODIES)
def test_a_body_is_taken_apart_where_it_is_text(body: bytes, text: str | None) -> None:
    signed = JsonBody()
    signed.body = body
    assert signed.text == text
    assert signed.json.text == (text or "")
