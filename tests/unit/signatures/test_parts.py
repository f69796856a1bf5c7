"""The parts of messages put wrongly, one table for each: what would have been signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from why401.keys import Secret
from why401.signatures import body_mistakes, serialisers, v2_seals
from why401.signatures.engine import Mistake, Told
from why401.signatures.examination import excerpt, first_difference
from why401.signatures.json_text import JsonText
from why401.signatures.v2_fields import FIELD_MISTAKES
from why401.signatures.v2_message import V2Message
from why401.signatures.v2_render import RENDER_MISTAKES
from why401.signatures.v2_values import VALUE_MISTAKES
from why401.signatures.v3_body import V3_BODY_MISTAKES
from why401.signatures.v3_clock import CLOCK_MISTAKES
from why401.signatures.v3_lines import LINE_MISTAKES
from why401.signatures.v3_message import V3Message
from why401.signatures.v3_url import URL_MISTAKES

REQUEST = V3Message(
    b"POST",
    b"/v3/pay/id/42?b=2&a=%E6%B5%8B",
    b"1795132800",
    b"ABCDEF01",
    b'{"a":"/\xe6\xb5\x8b","n":1}',
    host="api.example",
    neighbours=("OTHER",),
)
ORDER = V2Message(
    (("b", "测 &"), ("a", "1"), ("nonce_str", "N"), ("total_fee", "101"), ("c", ""), ("d", "0")),
    "MD5",
    Secret("key", "K" * 32),
    neighbours=("OTHER",),
)


def values(mistakes: tuple[Mistake, ...], claim: Any, rule: str) -> list[Any]:
    found = []
    for mistake in mistakes:
        for variant in mistake.variants(claim, claim.parts[mistake.part]):
            rules = variant.rules if isinstance(variant, Told) else (mistake.rule,)
            if rule in rules:
                found.append(variant.value if isinstance(variant, Told) else variant)
    return found


URLS = [
    ("v3-url-no-query", b"/v3/pay/id/42"),
    ("v3-url-full", b"https://api.example/v3/pay/id/42?b=2&a=%E6%B5%8B"),
    ("v3-url-no-slash", b"v3/pay/id/42?b=2&a=%E6%B5%8B"),
    ("v3-url-host", b"api.example/v3/pay/id/42?b=2&a=%E6%B5%8B"),
    ("v3-url-query-order", b"/v3/pay/id/42?a=%E6%B5%8B&b=2"),
    ("v3-url-decoded", "/v3/pay/id/42?b=2&a=测".encode()),
    ("v3-url-encoded", b"/v3/pay/id/42?b=2&a=%e6%b5%8b"),
    ("v3-url-encoded", b"/v3/pay/id/42?b=2&a=%25E6%25B5%258B"),
    ("v3-url-placeholder", b"/v3/pay/id/{out_trade_no}?b=2&a=%E6%B5%8B"),
    ("v3-url-slash-end", b"/v3/pay/id/42/?b=2&a=%E6%B5%8B"),
    ("v3-url-case", b"/v3/pay/id/42?b=2&a=%e6%b5%8b"),
    ("v3-url-prefix", b"/pay/id/42?b=2&a=%E6%B5%8B"),
    ("v3-method-case", b"post"),
    ("v3-method-wrong", b"GET"),
]


@pytest.mark.parametrize(("rule", "expected"), URLS)
def test_urls_and_methods(rule: str, expected: bytes) -> None:
    assert expected in values(URL_MISTAKES, REQUEST, rule)


CLOCKS = [
    ("v3-ts-off", b"1795132801"),
    ("v3-ts-off", b"1795132200"),
    ("v3-ts-millis", b"1795132800000"),
    ("v3-ts-millis", b"1795132800999"),
    ("v3-ts-float", b"1795161600"),
    ("v3-ts-float", b"2026-11-20T08:00:00+08:00"),
    ("v3-nonce-variant", b"abcdef01"),
    ("v3-nonce-variant", b'"ABCDEF01"'),
    ("v3-nonce-differs", b"OTHER"),
]


@pytest.mark.parametrize(("rule", "expected"), CLOCKS)
def test_clocks_and_nonces(rule: str, expected: bytes) -> None:
    assert expected in values(CLOCK_MISTAKES, REQUEST, rule)


SHORT = (b"M", b"U", b"T", b"N", b"B")
LINES = [
    ("v3-no-final-newline", b"M\nU\nT\nN\nB"),
    ("v3-extra-newline", b"M\nU\nT\nN\nB\n\n"),
    ("v3-crlf-lines", b"M\r\nU\r\nT\r\nN\r\nB\r\n"),
    ("v3-literal-backslash-n", rb"M\nU\nT\nN\nB\n"),
    ("v3-joiner", b"MUTNB"),
    ("v3-joiner", b"M&U&T&N&B"),
    ("v3-line-order", b"T\nN\nM\nU\nB\n"),
    ("v3-line-order", b"B\nN\nT\nU\nM\n"),
    ("v3-ts-nonce-swapped", b"M\nU\nN\nT\nB\n"),
    ("v3-http-version", b"M U HTTP/1.1\nT\nN\nB\n"),
    ("v3-double-hash", hashlib.sha256(b"M\nU\nT\nN\nB\n").digest()),
]


@pytest.mark.parametrize(("rule", "expected"), LINES)
def test_lines(rule: str, expected: bytes) -> None:
    assert expected in [frame(*SHORT) for frame in values(LINE_MISTAKES, REQUEST, rule)]


def test_only_a_bodiless_request_can_lack_its_empty_line() -> None:
    assert not values(LINE_MISTAKES, REQUEST, "v3-missing-empty-line")
    bare = V3Message(b"GET", b"/", b"1", b"N", b"")
    frames = values(LINE_MISTAKES, bare, "v3-missing-empty-line")
    assert b"M\nU\nT\nN\n" in [frame(*SHORT) for frame in frames]


BODIES = [
    ("v3-body-spaced", '{"a": "/测", "n": 1}'),
    ("v3-body-ascii", '{"a":"/\\u6d4b","n":1}'),
    ("v3-body-slash", '{"a":"\\/测","n":1}'),
    ("v3-body-pretty", '{\n  "a": "/测",\n  "n": 1\n}'),
    ("v3-body-keyorder", '{"n":1,"a":"/测"}'),
    ("v3-body-number", '{"a":"/测","n":1.0}'),
    ("v3-body-number", '{"a":"/测","n":"1"}'),
    ("v3-body-form", "a=/测&n=1"),
    ("v3-body-form", "<xml><a>/测</a><n>1</n></xml>"),
    ("v3-body-tostring", "{'a': '/测', 'n': 1}"),
    ("v3-body-tostring", "{a=/测, n=1}"),
    ("v3-body-tostring", "map[a:/测 n:1]"),
    ("v3-body-tostring", "[object Object]"),
    ("v3-body-tostring", "{a: /测, n: 1}"),
    ("v3-body-wrapped", '{"data":{"a":"/测","n":1}}'),
    ("v3-body-double-json", json.dumps('{"a":"/测","n":1}', ensure_ascii=False)),
    ("v3-body-null-kept", '{"a":"/测","n":1,"attach":null}'),
    ("v3-body-final-newline", '{"a":"/测","n":1}\n'),
    ("v3-body-bom", '\ufeff{"a":"/测","n":1}'),
    ("v3-body-not-signed", ""),
]


@pytest.mark.parametrize(("rule", "expected"), BODIES)
def test_bodies(rule: str, expected: str) -> None:
    assert expected.encode() in values(V3_BODY_MISTAKES, REQUEST, rule)


def test_a_body_in_another_charset_is_tried() -> None:
    found = values(V3_BODY_MISTAKES, REQUEST, "v3-body-charset")
    assert '{"a":"/测","n":1}'.encode("gbk") in found
    assert b'{"a":"/?","n":1}' in found


def test_whole_serialisers_tell_all_that_they_do() -> None:
    text = '{"a":"/测","n":1}'
    told = {
        each.value: each.rules
        for each in serialisers.serialisers("", text, JsonText(text), all_of_them=False)
    }
    assert told['{"a": "/\\u6d4b", "n": 1}'] == ("body-spaced", "body-ascii")
    assert told['{"a":"\\/\\u6d4b","n":1}'] == ("body-slash", "body-ascii")
    assert all(len(rules) > 1 for rules in told.values())


def test_every_body_mistake_is_named_once() -> None:
    names = [name for name, _ in body_mistakes.BODY_MISTAKES]
    assert len(names) == len(set(names))
    assert set(names) >= set(body_mistakes.AT_ONCE)


FIELDS = [
    ("v2-unsorted", "b=测 &&a=1&nonce_str=N&total_fee=101&d=0"),
    ("v2-empty-included", "a=1&b=测 &&c=&d=0&nonce_str=N&total_fee=101"),
    ("v2-null-literal", "a=1&b=测 &&c=null&d=0&nonce_str=N&total_fee=101"),
    ("v2-zero-dropped", "a=1&b=测 &&nonce_str=N&total_fee=101"),
    ("v2-sort-desc", "total_fee=101&nonce_str=N&d=0&b=测 &&a=1"),
    ("v2-field-unsigned", "a=1&b=测 &&d=0&total_fee=101"),
    ("v2-field-phantom", "a=1&b=测 &&d=0&fee_type=CNY&nonce_str=N&total_fee=101"),
    ("v2-field-name-case", "a=1&b=测 &&d=0&nonceStr=N&total_fee=101"),
    ("v2-sign-included", "a=1&b=测 &&d=0&nonce_str=N&sign=&total_fee=101"),
    ("v2-signtype-phantom", "a=1&b=测 &&d=0&nonce_str=N&sign_type=MD5&total_fee=101"),
]


@pytest.mark.parametrize(("rule", "expected"), FIELDS)
def test_fields(rule: str, expected: str) -> None:
    assert expected.encode() in [b"&".join(items) for items in values(FIELD_MISTAKES, ORDER, rule)]


VALUES = [
    ("v2-value-urlencoded-plus", "b=%E6%B5%8B+%26"),
    ("v2-value-urlencoded-pct", "b=%E6%B5%8B%20%26"),
    ("v2-value-urlencoded-one", "b=%E6%B5%8B+%26"),
    ("v2-html-escaped", "b=测 &amp;"),
    ("v2-cdata-signed", "b=<![CDATA[测 &]]>"),
    ("v2-unicode-escaped", "b=\\u6d4b &"),
    ("v2-number-format", "total_fee=1.01"),
    ("v2-number-format", "total_fee=101.0"),
    ("v2-nonce-differs", "nonce_str=OTHER"),
]


@pytest.mark.parametrize(("rule", "expected"), VALUES)
def test_values(rule: str, expected: str) -> None:
    assert any(expected.encode() in items for items in values(VALUE_MISTAKES, ORDER, rule))


RENDERED = [
    ("v2-charset-gbk", "a=1&b=测".encode("gbk")),
    ("v2-charset-latin1", b"a=1&b=?"),
    ("v2-amp-extra", "&a=1&b=测".encode()),
    ("v2-whole-urlencoded", b"a%3D1%26b%3D%E6%B5%8B"),
]


@pytest.mark.parametrize(("rule", "expected"), RENDERED)
def test_joining_and_encoding(rule: str, expected: bytes) -> None:
    found = values(RENDER_MISTAKES, ORDER, rule)
    assert expected in [render((b"a=1", "b=测".encode())) for render in found]


def test_seals_and_their_wrong_uses() -> None:
    text, key = b"a=1", b"K" * 40
    plain = hashlib.md5(b"a=1&key=" + key, usedforsecurity=False).digest()
    assert v2_seals.seal("MD5", key)(text) == plain
    sealed = hmac.new(key, b"a=1&key=" + key, hashlib.sha256).digest()
    for size in (1, 40, 64, 65, 100):
        long = b"K" * size
        expected = hmac.new(long, text + b"&key=" + long, hashlib.sha256).digest()
        assert v2_seals.seal("HMAC-SHA256", long)(text) == expected
    assert v2_seals.hmac_sha256(key)(text) == sealed
    rules = {rule for told in v2_seals.wrongly_used("HMAC-SHA256", key) for rule in told.rules}
    assert {"v2-hmac-key-wrong", "v2-key-overlong", "v2-key-sorted-in"} <= rules


def test_the_first_difference_begins_with_a_whole_character() -> None:
    found = first_difference("a测b".encode(), "a浊b".encode())
    assert found == {"at_byte": 3, "should_be": "测b", "signed": "浊b"}
    assert first_difference(b"ab", b"abc") == {"at_byte": 2, "should_be": "", "signed": "c"}
    assert excerpt(b"x" * 30) == "x" * 24 + "…"
