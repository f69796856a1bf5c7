"""The texts under which a secret is searched for."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.report.redaction.encodings import encodings


@given(st.binary(max_size=7), st.text(min_size=9, max_size=20), st.binary(max_size=7))
def test_base64_is_found_whatever_stands_around(before: bytes, secret: str, after: bytes) -> None:
    text = base64.b64encode(before + secret.encode() + after).decode()
    assert any(each in text for each in encodings(secret))


@pytest.mark.parametrize(
    "form",
    ['a\\"b\\/c+d', "a&quot;b/c+d", "a%22b%2Fc%2Bd", "a%22b%2fc%2bd", "612262"],
    ids=["json", "xml", "percent", "lower-case percent", "hex"],
)
def test_usual_escapes(form: str) -> None:
    assert any(form in each for each in encodings('a"b/c+d'))


def test_short_texts_are_not_searched_for() -> None:
    assert all(len(each) >= 6 for each in encodings("abc"))
