"""What `why401 sign` may be given, and that no input breaks it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from why401.sign.given import SignInput, read_input

BODY = '{"a":"测试"}'
URL = "https://api.mch.weixin.qq.com/v3/x?a=1"
FORMS = [
    pytest.param(
        f"curl -X POST '{URL}' -H 'Content-Type: application/json' --data-raw '{BODY}'", id="curl"
    ),
    pytest.param(
        f"curl --request POST \\\n  --url {URL} \\\n  --header 'A: b' \\\n  -d '{BODY}'",
        id="curl on several lines",
    ),
    pytest.param(
        f"POST /v3/x?a=1 HTTP/1.1\r\nHost: api.mch.weixin.qq.com\r\n\r\n{BODY}", id="raw request"
    ),
    pytest.param(
        json.dumps({"request": {"method": "POST", "url": URL, "postData": {"text": BODY}}}),
        id="HAR entry",
    ),
]


@pytest.mark.parametrize("text", FORMS)
def test_a_request_is_read(text: str) -> None:
    found = read_input(text.encode())
    assert (found.method, found.host, found.url) == ("POST", "api.mch.weixin.qq.com", "/v3/x?a=1")
    assert found.body == BODY.encode()
    assert found.json == {"a": "测试"}


def test_a_body_alone_is_read() -> None:
    assert read_input(BODY.encode()) == SignInput(body=BODY.encode(), json={"a": "测试"})
    xml = b"<xml><a>1</a><b><![CDATA[x&y]]></b></xml>"
    assert read_input(xml).fields == (("a", "1"), ("b", "x&y"))


def test_a_get_has_its_fields_in_the_query() -> None:
    found = read_input(b"curl 'https://api.mch.weixin.qq.com/papay/entrustweb?a=1&b=%E6%B5%8B'")
    assert (found.method, found.fields) == ("GET", (("a", "1"), ("b", "测")))


@pytest.mark.parametrize("data", [b"", b"  ", b"hello", b"curl 'unclosed", b"\xff\xfe\x00"])
def test_what_is_none_of_these_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(ValueError, match="is "):
        read_input(data)


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda t: ("curl " + t).encode("utf-8", "replace")),
    )
)
def test_no_input_breaks_it(data: bytes) -> None:
    try:
        read_input(data)
    except ValueError:
        return
