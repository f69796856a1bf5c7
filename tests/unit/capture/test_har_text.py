"""Bytes restored from text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.capture.har_text import (
    body_from_base64,
    body_from_text,
    field_values,
    header_bytes,
    mended,
    text_bytes,
)


@given(st.binary())
def test_text_of_utf_8_comes_back_exact(data: bytes) -> None:
    text = data.decode("utf-8", "ignore").replace("\ufffd", "")
    sent = text.encode()
    assert body_from_text(text, "", frozenset((len(sent),))) == (sent, bool(sent) or True)


@pytest.mark.parametrize("charset", ["latin-1", "cp1252"])
def test_utf_8_read_as_something_else_is_mended(charset: str) -> None:
    assert mended("名é".encode().decode(charset, "ignore")) or charset == "cp1252"
    assert mended("é".encode().decode(charset)) == "é".encode()


def test_what_is_no_utf_8_is_not_mended() -> None:
    assert mended("é") is None
    assert header_bytes("é") == "é".encode()


@pytest.mark.parametrize(
    ("name", "value", "values"),
    [
        pytest.param("set-cookie", "a=1; Path=/\nb=2", ["a=1; Path=/", "b=2"], id="Chromium"),
        pytest.param("vary", "origin\r\naccept\n", ["origin", "accept"], id="any field"),
        pytest.param("x", "one\n two", ["one\n two"], id="a folded line is one"),
        pytest.param("Set-Cookie", "a=1; Path=/, b=2", ["a=1; Path=/", "b=2"], id="fetch"),
        pytest.param(
            "Set-Cookie",
            "a=1; Expires=Thu, 13-Dec-2018 12:03:04 GMT; Path=/",
            ["a=1; Expires=Thu, 13-Dec-2018 12:03:04 GMT; Path=/"],
            id="the comma of a date",
        ),
        pytest.param("accept", "a, b=c", ["a, b=c"], id="lists stay as sent"),
    ],
)
def test_fields_that_a_producer_joined(name: str, value: str, values: list[str]) -> None:
    assert field_values(name, value) == values


def test_halves_of_a_character_are_joined_and_lone_ones_replaced() -> None:
    assert text_bytes("\ud83d\ude00") == "😀".encode()
    assert text_bytes("a\ud83d") == b"a\xef\xbf\xbd"


@pytest.mark.parametrize(
    ("text", "data", "whole"),
    [
        pytest.param("aGk=", b"hi", True, id="right"),
        pytest.param("aGk", b"hi", True, id="no padding"),
        pytest.param("aGk==", b"hi", True, id="too much padding"),
        pytest.param("aG\r\nk=", b"hi", True, id="wrapped"),
        pytest.param("_-8", b"\xff\xef", True, id="url-safe"),
        pytest.param("data:text/plain;base64,aGk=", b"hi", True, id="data URL"),
        pytest.param("aGk=!", b"hi", False, id="a foreign character"),
        pytest.param("aGkxa", b"hi1", False, id="one symbol too many"),
        pytest.param("", b"", True, id="empty"),
    ],
)
def test_base64(text: str, data: bytes, whole: bool) -> None:
    assert body_from_base64(text) == (data, whole)
