"""v2 requests: the worked examples, keys by their labels, forms, and what needs no key."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import (
    MCHID,
    OLD_V2_KEY,
    OTHER_V2_KEY,
    V2_KEY,
    V3_KEY,
)
from tests.unit.signatures.messages import (
    ORDER,
    PAY,
    context,
    examined,
    rules_of,
    v2_request,
    v2_sign,
    v2_text,
    xml,
)

from why401.context import Context
from why401.keys import NO_KEYS, Keys, Secret, WechatAccount
from why401.model import Certainty
from why401.signatures import search_deeper
from why401.signatures.v2_structure import fields_hash

HMAC = (*ORDER, ("sign_type", "HMAC-SHA256"))
TEXT = v2_text(ORDER)
HMAC_TEXT = v2_text(HMAC)

# The table of the worked example: what was hashed, and the rule that it breaks.
WORKED = [
    pytest.param("554ECE40880219FD4512BB13C0C15FA1", ORDER, "v2-consistent-key-not-registered"),
    pytest.param(
        "AD73AC4279B8C52E9856C32CE98DD7BEA9326162F322EBFAABE9D5736433570B",
        HMAC,
        "v2-consistent-key-not-registered",
    ),
    pytest.param(
        "531145AC56448759BAB1A054CBA19D00B7614A7036E2B59C81DE4A5905B1FCA9",
        HMAC,
        "v2-signtype-omitted",
    ),
    pytest.param("4E10F24C9C7BF2DF98DA99FECA634D7D", ORDER, "v2-value-urlencoded-plus"),
    pytest.param("16CAEC75D22013D85DF9AE31332F8328", ORDER, "v2-value-urlencoded-pct"),
    pytest.param("0482C9BFBB525F4453E74248B980807C", ORDER, "v2-empty-included"),
    pytest.param("B250DE53B5C87ACD7B192C37986FCF90", ORDER, "v2-key-missing"),
    pytest.param("59B88365B97CB95B711CF326B4C9104E", ORDER, "v2-key-label"),
    pytest.param("DB68288C04D2523EEB713A3BF7ECB385", ORDER, "v2-key-label"),
    pytest.param("B72D4E26A375718FE86F80C4227BDD3D", ORDER, "v2-unsorted"),
    pytest.param("2F88F9904DFBE9D6920FD0FC9631F9B9", ORDER, "v2-charset-gbk"),
    pytest.param("12043E98B5037A628B7A2AB07A9F7E85", ORDER, "v2-key-is-v3key"),
]


@pytest.mark.parametrize(("value", "fields", "rule"), WORKED)
def test_the_worked_example(value: str, fields: Any, rule: str) -> None:
    assert rules_of(search_deeper(examined(v2_request(value, fields)))) == (rule,)


def test_the_response_of_the_worked_example() -> None:
    fields = (
        ("appid", "wx00000000000000aa"),
        ("mch_id", "1900000001"),
        ("nonce_str", "RespNonce1"),
        ("prepay_id", "wx20112000000000example0001"),
        ("result_code", "SUCCESS"),
        ("return_code", "SUCCESS"),
        ("return_msg", "OK"),
        ("trade_type", "JSAPI"),
    )
    assert v2_sign(v2_text(fields)) == "9FD7A1F20AF3DB112DE226843A098AD8"


def test_hmac_without_the_suffix_and_sign_type_takes_both_mistakes() -> None:
    value = "03D399ACD6DB6E232AEBAC7B62024140C60E20B6C025C1C7010654D1FC7CCBF3"
    found = search_deeper(examined(v2_request(value, HMAC)))
    assert set(rules_of(found)) == {"v2-signtype-omitted", "v2-hmac-no-suffix"}


ACCOUNT = WechatAccount("credentials.wechat[0]", "wx1", secret=Secret("s", "appsecret" * 3))
KEYS = [
    pytest.param(OLD_V2_KEY, "v2-key-old", "credentials.wechatpay[0].previous[1].api_v2_key"),
    pytest.param(OTHER_V2_KEY, "v2-key-other-merchant", "credentials.wechatpay[1].api_v2_key"),
    pytest.param(V3_KEY, "v2-key-is-v3key", "credentials.wechatpay[0].api_v3_key"),
    pytest.param("appsecret" * 3, "v2-key-is-appsecret", "s"),
]


@pytest.mark.parametrize(("key", "rule", "label"), KEYS)
def test_other_keys_are_called_by_their_labels(key: str, rule: str, label: str) -> None:
    within = context(Keys(wechatpay=context().keys.wechatpay, wechat=(ACCOUNT,)))
    found = examined(v2_request(v2_sign(TEXT, key)), within)
    assert rules_of(found) == (rule,)
    assert found.findings[0].values["key"] == label


SPOILT = [
    (V2_KEY + "\n", "v2-key-whitespace"),
    (V2_KEY.lower(), "v2-key-case"),
    (hashlib.md5(V2_KEY.encode()).hexdigest(), "v2-key-hashed"),
    ("", "v2-key-empty"),
    ("undefined", "v2-key-empty"),
]


@pytest.mark.parametrize(("key", "rule"), SPOILT)
def test_spoilt_keys(key: str, rule: str) -> None:
    found = examined(v2_request(v2_sign(TEXT, key)))
    if found.wants_deeper:
        found = search_deeper(found)
    assert rules_of(found) == (rule,)


FORMS = [
    pytest.param(v2_sign(TEXT).lower(), ORDER, "v2-lower-hex", id="lower case"),
    pytest.param(v2_sign(TEXT)[8:24], ORDER, "v2-md5-16", id="half"),
    pytest.param(
        "".join(f"{byte:x}" for byte in bytes.fromhex(v2_sign(TEXT))), ORDER, "v2-md5-16", id="Java"
    ),
    pytest.param("VU7OQIgCGf1FErsTwMFfoQ==", ORDER, "v2-digest-base64", id="base64"),
    pytest.param(v2_sign(TEXT, algorithm="HMAC"), ORDER, "v2-alg-mismatch", id="HMAC for MD5"),
    pytest.param(v2_sign(HMAC_TEXT), HMAC, "v2-alg-mismatch", id="MD5 for HMAC"),
]


@pytest.mark.parametrize(("value", "fields", "rule"), FORMS)
def test_forms_and_algorithms(value: str, fields: Any, rule: str) -> None:
    assert rule in rules_of(examined(v2_request(value, fields)))


KEYLESS = [
    pytest.param(hashlib.md5(TEXT.encode()).hexdigest().upper(), "v2-key-missing"),
    pytest.param(v2_sign(TEXT, ""), "v2-key-empty"),
    pytest.param(v2_sign(TEXT, "null"), "v2-key-empty"),
]


@pytest.mark.parametrize(("value", "rule"), KEYLESS)
def test_a_missing_key_is_proven_without_one(value: str, rule: str) -> None:
    assert rules_of(search_deeper(examined(v2_request(value), context(NO_KEYS)))) == (rule,)


def test_without_a_key_the_setting_that_decides_is_named() -> None:
    found = examined(v2_request(v2_sign(TEXT)), context(NO_KEYS))
    assert rules_of(found) == ("v2-sign-unverifiable",)
    assert found.checks[0].needs == ("credentials.wechatpay[0].api_v2_key",)


def test_other_errors_say_nothing_of_the_sign() -> None:
    assert not examined(v2_request("0" * 32, says="appid不存在")).reports


def ordered(*messages: Any) -> Context:
    within = context(NO_KEYS)
    for message in messages:
        examined(message, within)
    return within


def test_a_sign_of_an_earlier_request_is_stale() -> None:
    first = v2_request(v2_sign(TEXT), id="first")
    changed = tuple((n, "T9" if n == "out_trade_no" else v) for n, v in ORDER)
    found = examined(v2_request(v2_sign(TEXT), changed, id="second"), ordered(first))
    assert rules_of(found) == ("v2-stale-sign",)
    again = examined(v2_request(v2_sign(TEXT), id="third"), ordered(first))
    assert "v2-stale-sign" not in rules_of(again)


def test_the_same_request_with_a_field_twice_is_not_stale() -> None:
    fields = (*ORDER, ("attach", "one"), ("attach", "two"))
    first = v2_request(v2_sign(TEXT), fields, id="first")
    again = examined(v2_request(v2_sign(TEXT), fields, id="second"), ordered(first))
    assert "v2-stale-sign" not in rules_of(again)


LOST = [
    pytest.param("测\ufffd\ufffd", Certainty.PROVEN, id="the mark of decoders"),
    pytest.param("?????-VIP", Certainty.LIKELY, id="mostly question marks"),
    pytest.param("真的吗???", None, id="asked"),
]


@pytest.mark.parametrize(("value", "certainty"), LOST)
def test_lost_text_is_seen_without_a_key(value: str, certainty: Certainty | None) -> None:
    fields = tuple((n, value if n == "body" else v) for n, v in ORDER)
    found = examined(v2_request(v2_sign(v2_text(fields)), fields)).findings
    told = [each.certainty for each in found if each.rule == "wechatpay/v2-wire-lossy"]
    assert told == ([certainty] if certainty else [])


def test_gbk_on_the_wire_is_told() -> None:
    body = xml((*ORDER, ("sign", v2_sign(TEXT)))).decode().encode("gbk")
    assert rules_of(examined(v2_request("", body=body))) == ("v2-wire-charset",)


def test_a_get_is_signed_over_decoded_values() -> None:
    def entrust(value: str) -> Any:
        query = f"appid=wx1&mch_id={MCHID}&notify_url=https%3A%2F%2Fa.example%2F&sign={value}"
        return exchange(
            f"{PAY}/papay/entrustweb?{query}",
            response_body=xml((("return_code", "FAIL"), ("return_msg", "签名错误"))),
        )

    right = f"appid=wx1&mch_id={MCHID}&notify_url=https://a.example/"
    raw = right.replace("https://a.example/", "https%3A%2F%2Fa.example%2F")
    assert rules_of(examined(entrust(v2_sign(right)))) == ("v2-consistent-key-not-registered",)
    assert rules_of(examined(entrust(v2_sign(raw))))[0] == "v2-get-raw-query"


def test_the_sandbox_has_a_key_of_its_own() -> None:
    within = context()
    fetched = exchange(
        f"{PAY}/sandboxnew/pay/getsignkey",
        method="POST",
        body=xml((("mch_id", MCHID), ("sign", "x"))),
        response_body=xml((("return_code", "SUCCESS"), ("sandbox_signkey", "sandboxkey"))),
    )
    examined(fetched, within)
    path = "/sandboxnew/pay/unifiedorder"
    found = examined(v2_request(v2_sign(TEXT), path=path), within)
    assert rules_of(found) == ("v2-key-sandbox-mixed",)
    found = examined(v2_request(v2_sign(TEXT, "sandboxkey")), within)
    assert rules_of(found) == ("v2-key-sandbox-mixed",)
    found = examined(v2_request(v2_sign(TEXT, "sandboxkey"), path=path), within)
    assert rules_of(found) == ("v2-consistent-key-not-registered",)


TRANSFERS = "/mmpaymkttransfers/promotion/transfers"
RED_PACK = "/mmpaymkttransfers/sendredpack"
TYPED = (("mchid", MCHID), ("nonce_str", "n"), ("sign_type", "MD5"))
EXTRA = [
    pytest.param("/cgi-bin/mch/customs/customdeclareorder", ORDER, "nonce_str", id="customs"),
    pytest.param(TRANSFERS, ORDER, "appid", id="transfers, appid"),
    pytest.param(TRANSFERS, TYPED, "sign_type", id="transfers, sign_type"),
    pytest.param(RED_PACK, TYPED, "sign_type", id="red packet"),
    pytest.param(RED_PACK, TYPED[:-1], None, id="red packet without it"),
    pytest.param("/pay/unifiedorder", TYPED, None, id="an order may have it"),
]


@pytest.mark.parametrize(("path", "fields", "extra"), EXTRA)
def test_an_extra_field_is_the_likely_cause(path: str, fields: Any, extra: str | None) -> None:
    found = examined(v2_request(v2_sign(v2_text(fields)), fields, path=path))
    rule = "v2-undocumented-field" if extra else "v2-consistent-key-not-registered"
    assert rules_of(found) == (rule,)
    assert found.findings[0].values.get("field") == extra


def test_names_of_a_bean_are_found() -> None:
    def camel(name: str) -> str:
        return re.sub("_([a-z])", lambda found: found[1].upper(), name)

    signed = v2_text(tuple((camel(name), value) for name, value in ORDER))
    found = search_deeper(examined(v2_request(v2_sign(signed))))
    assert rules_of(found) == ("v2-field-name-case",)


@pytest.mark.parametrize(
    ("text", "signed", "rule"),
    [
        pytest.param("Café", "Café".encode("latin-1"), "v2-charset-latin1", id="signed in Latin-1"),
        pytest.param("æµ\x8bè¯\x95", "测试".encode(), "v2-charset-mojibake", id="misread, sent so"),
    ],
)
def test_latin_1_on_either_side(text: str, signed: bytes, rule: str) -> None:
    fields = tuple((n, text if n == "body" else v) for n, v in ORDER)
    value = v2_sign(v2_text(fields).encode().replace(text.encode(), signed))
    assert rules_of(search_deeper(examined(v2_request(value, fields))))[0] == rule


def test_fields_are_compared_whatever_their_order() -> None:
    assert fields_hash(ORDER) == fields_hash(tuple(reversed(ORDER)))
    assert fields_hash(ORDER) != fields_hash(ORDER[1:])
