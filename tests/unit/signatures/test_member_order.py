"""Orders of members: Java's as it stands in a log of a client, others by rule."""

import json

import pytest

from why401.signatures.json_text import JsonText
from why401.signatures.member_order import hash_map_order, variants

CALLBACK = (
    '{"id":"1","create_time":"2","resource_type":"3","event_type":"4","summary":"5","resource":'
    '{"original_type":"6","algorithm":"7","ciphertext":"8","associated_data":"9","nonce":"0"}}'
)


def test_a_hash_map_keeps_a_callback_as_a_published_log_shows_it() -> None:
    """github.com/wechatpay-apiv3/wechatpay-apache-httpclient/issues/158: what an app that took the
    body as a JSONObject verified."""
    order = hash_map_order(json.loads(CALLBACK))
    assert list(order)[:4] == ["summary", "event_type", "create_time", "resource"]
    assert list(order["resource"])[:2] == ["associated_data", "ciphertext"]


def test_buckets_double_where_they_fill() -> None:
    few = dict.fromkeys(map(str, range(12)), 0)
    many = dict.fromkeys(map(str, range(13)), 0)
    # The hash of a digit is its code: 48 is the first of sixteen, and the seventeenth of 32.
    assert next(iter(hash_map_order(few))) == "0"
    assert next(iter(hash_map_order(many))) != "0"
    assert hash_map_order([{"b": 1, "a": 2}]) == [{"a": 2, "b": 1}]
    assert list(hash_map_order({"\ud800": 1, "a": 2})) != []


BODIES = [
    pytest.param('{"b":1,"a":{"d":2,"c":3}}', '{"a":{"c":3,"d":2},"b":1}', id="sorted"),
    pytest.param('{"b":1,"a":{"d":2,"c":3}}', '{"a":{"d":2,"c":3},"b":1}', id="outside"),
    pytest.param('{"attach":"x","appid":"y"}', '{"appid":"y","attach":"x"}', id="documented"),
]


@pytest.mark.parametrize(("text", "variant"), BODIES)
def test_variants(text: str, variant: str) -> None:
    assert variant in list(variants(text, JsonText(text)))


@pytest.mark.parametrize("text", ["", "[1]", "{", "x=1"])
def test_what_is_no_object_has_no_order(text: str) -> None:
    assert list(variants(text, JsonText(text))) == []
