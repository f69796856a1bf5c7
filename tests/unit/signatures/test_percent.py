"""Percent-encoding as the languages' libraries have it."""

from __future__ import annotations

from urllib.parse import quote, quote_plus, unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st

from why401.signatures.percent import JAVASCRIPT, percent, percent_lower, plus


@given(st.binary(max_size=40))
def test_it_is_what_the_standard_library_gives(data: bytes) -> None:
    assert percent(data) == quote(data, safe="").encode()
    assert percent(data, b"/:") == quote(data, safe="/:").encode()
    assert percent(data, JAVASCRIPT) == quote(data, safe="!*'()").encode()
    assert plus(percent(data)) == quote_plus(data, safe="").encode()
    assert unquote_to_bytes(percent_lower(data)) == data


def test_lower_case_digits() -> None:
    assert percent_lower("A/测".encode()) == b"A%2f%e6%b5%8b"
