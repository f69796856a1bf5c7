"""The glance that spares most texts a walk: it may find too much, never too little."""

import base64
import json
from typing import override
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from why401.masking import Masker
from why401.report.redaction.glance import may_hold_secret, message_may_hold_secret
from why401.report.redaction.secrets import Secrets
from why401.report.redaction.walk import ReplacingWalker, Walker

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlMQ"
VALUE = "s3cr+t/9 !&\"\\x'é%"
NAMES = ("password", "access_token", "code", "key", "sign", "x-amz-signature", "name", "PIN")
PIECES = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(
        ('"', "'", ":", "=", " ", "\\", "<", ">", "&", "?", "%", "/", "+", "\n", "\u3000")
    ),
    st.sampled_from(('{"', '":"', '"}', "://", "a:b@c", "<![CDATA[", "]]>", "</", "&amp;", "%22")),
    st.sampled_from((VALUE, JWT, "Bearer a1b2c3d4e5f6g7", "ghp_a1b2c3d4e5f6", "sk-abcdefghijk1")),
    st.sampled_from(("\u212a", "to\u212aen", "pa\u017fsword", "\\u212a", "%e2%84%aa", "12345678")),
    st.text(max_size=6),
)
WRAPPED = (
    str,
    lambda text: quote(text, safe=""),
    quote_plus,
    json.dumps,
    lambda text: json.dumps({"a": text}, ensure_ascii=False),
    lambda text: f"a={text}&b=1",
    lambda text: json.dumps(text).replace("=", "\\u003d").replace("<", "\\u003c"),
    lambda text: text.replace("s", "%73").replace("k", "\\u006b"),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    text = "".join(draw(st.lists(PIECES, max_size=8)))
    for wrap in draw(st.lists(st.sampled_from(WRAPPED), max_size=3)):
        text = wrap(text)
    return text


class Thorough(Walker):
    """A walker that looks closer at every text."""

    @override
    def may_concern(self, text: bytes) -> bool:
        return True


class ThoroughWriter(ReplacingWalker):
    """One that replaces, and looks closer at every text."""

    @override
    def may_concern(self, text: bytes) -> bool:
        return True


@given(texts(), st.booleans())
@example('{"to\u212aen": "abc"}', False)
@example("x=%7B%22pa%73sword%22%3A%22abc%22%7D", False)
@example('{"a":"\\u003csign\\u003eabc\\u003c/sign\\u003e"}', False)
@example('{"a":"https:\\/\\/u:abc@h"}', False)
@example("\\ghp_a1b2c3d4e5f6", False)
@example("a=%3A%2F%2Fa%3Ab%40c&b=1", False)
@example("a=%22%5C%22%3A%5Cu003dghp_a1b2c3d4e5f6%22&b=1", False)
@example("{'sign' \u3000: 'abc'}", False)
def test_where_it_finds_nothing_a_walk_finds_nothing(text: str, is_form: bool) -> None:
    met: list[str] = []

    def mask(kind: str, value: str) -> str:
        met.append(value)
        return "masked"

    changed = Thorough(mask).text(text, is_form=is_form)
    if not may_hold_secret(text.encode("utf-8", "surrogatepass")):
        assert (changed, met) == (text, [])


@given(
    texts(),
    st.lists(st.sampled_from((VALUE, JWT, "12345678", "a+b c/d", "plain-secret")), max_size=3),
)
@example(quote(json.dumps(VALUE)), [VALUE])
@example(json.dumps({"a": f"x={quote_plus(VALUE)}"}), [VALUE])
@example(json.dumps({"a": f"b={base64.b64encode(VALUE.encode()).decode()}"}), [VALUE])
@example('{"n": 12345678}', ["12345678"])
def test_what_is_known_is_found_as_by_a_walk(text: str, known: list[str]) -> None:
    secrets = Secrets(Masker(b"k"))
    for value in known:
        secrets.learn("token", value)
    for planted in (text, *(f"x {text.replace('x', value)}" for value in known)):
        expected = ThoroughWriter(secrets.placeholder, secrets).text(planted)
        assert ReplacingWalker(secrets.placeholder, secrets).text(planted) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"code": 0, "message": "ok", "shipping": 1, "design": "flat"}', id="JSON"),
        pytest.param(b"GET /v1/orders?page=2&sort=asc&barcode=1", id="URL"),
        pytest.param("茶叶 Tea, loose, 250 g %E8%8C%B6 \\u8336".encode(), id="Chinese"),
        pytest.param(b"a{width:100%;mask-image:none} .task-list{margin:0}", id="CSS"),
        pytest.param(b"https://a.example/@alice/b?c=https%3A%2F%2Fd.example%2F", id="at sign"),
        pytest.param(b"enter your password and press the key", id="prose"),
    ],
)
def test_what_most_traffic_is_made_of_is_passed_over(text: bytes) -> None:
    assert not may_hold_secret(text)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(b"/\nHost: a\nCookie: a=1", True, id="cookie"),
        pytest.param(b"/\n x-api-key : abc", True, id="blanks around the name"),
        pytest.param(b"/\nVary: Cookie\nAccept: */*", False, id="a name as a value"),
        pytest.param(b"/\nX-Request-Id: 00ff", False, id="no secret"),
    ],
)
def test_fields_by_their_name(message: bytes, expected: bool) -> None:
    assert message_may_hold_secret(message) is expected
