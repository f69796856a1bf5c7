import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.base64_text import Decoded, decode_base64

CASES = [
    pytest.param("YQ==", Decoded(b"a", 2), id="padded"),
    pytest.param("YQ", Decoded(b"a", is_padded_right=False), id="unpadded"),
    pytest.param("YQ=", Decoded(b"a", 1, is_padded_right=False), id="half padded"),
    pytest.param("YR==", Decoded(b"a", 2, is_canonical=False), id="spare bits"),
    pytest.param("YWJ=", Decoded(b"ab", 1, is_canonical=False), id="spare bits of two"),
    pytest.param("-_-_", Decoded(b"\xfb\xff\xbf", has_url_safe=True), id="url-safe"),
    pytest.param("+/+/", Decoded(b"\xfb\xff\xbf", has_standard=True), id="standard"),
    pytest.param("YWJjZ", Decoded(None), id="impossible length"),
    pytest.param("YQ==x", Decoded(None), id="rubbish behind"),
    pytest.param("Y Q", Decoded(None), id="blank"),
    pytest.param("", Decoded(b""), id="empty"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_decode(text: str, expected: Decoded) -> None:
    assert decode_base64(text) == expected


@given(st.binary())
def test_what_was_encoded_comes_back(data: bytes) -> None:
    found = decode_base64(base64.urlsafe_b64encode(data).decode())
    assert (found.data, found.is_canonical, found.is_padded_right) == (data, True, True)


@given(st.text())
def test_any_text(text: str) -> None:
    decode_base64(text)


def test_what_was_decoded_is_not_shown() -> None:
    assert "s3cret" not in repr(decode_base64("YWxpY2U6czNjcmV0"))
