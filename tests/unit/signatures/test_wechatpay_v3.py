"""v3 requests: who signed, with what routine, which text, and what the server saw of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from tests.unit.signatures.example_keys import (
    MERCHANT,
    NONCE,
    OLD_SERIAL,
    PLATFORM_SERIAL,
    TIMESTAMP,
    V3_KEY,
    private_key,
    sign,
)
from tests.unit.signatures.messages import (
    BODY,
    JSAPI,
    context,
    examined,
    five_lines,
    parsed_body,
    rules_of,
    sign_information,
    v3_request,
)

from why401.keys import NO_KEYS
from why401.model import Certainty
from why401.signatures import search_deeper

WORKED = (
    "RdKbzAd8TBRQUwfHrjle/l/9NFbxwmts7VNkNSatBT9/n4RPhF/EY38YiXlIrpqU9wPyqLx1an31+F0AvPujD7FbspSu"
    "utbOwO3Yqn/zO2p60X8jginsGi2MWIwVr8rG+4rxKV3NZq6zxT3O7rjBBmlHD6qtM+rQ8SIkU2pspnS+w39jGJuAKJmv"
    "9gRQW2/MF5VHJTdiPSmSyCUEoheKyY4z82wZeTISfpyutxe9mPic2O2ri5OTy4MZcWfId/KNJMfPwR3nmR2L5RJQQ4EykP"
    "Y2tbUfIhaXwIQhCduMCUSZ1G4RPmC+3QTMw+OlrvW6puDBgXbpEeCERWP8QjnlWA=="
)
QUERY = "/v3/pay/transactions/out-trade-no/T202611200001?mchid=1900000001"


def test_the_worked_example_is_reproduced() -> None:
    text = five_lines("GET", QUERY, "")
    assert len(text) == 114
    assert hashlib.sha256(text).hexdigest().startswith("05ce973df1501916")
    assert sign(text) == WORKED


def rsa(data: bytes, scheme: padding.AsymmetricPadding, algorithm: hashes.HashAlgorithm) -> str:
    return base64.b64encode(private_key(MERCHANT).sign(data, scheme, algorithm)).decode()


def raw_rsa(block: bytes) -> str:
    numbers = private_key(MERCHANT).private_numbers()
    padded = b"\0\1" + b"\xff" * (253 - len(block)) + b"\0" + block
    value = pow(int.from_bytes(padded), numbers.d, numbers.public_numbers.n)
    return base64.b64encode(value.to_bytes(256)).decode()


RIGHT = five_lines()
SHA256 = hashlib.sha256(RIGHT).digest()
SPACED = json.dumps(parsed_body(), ensure_ascii=False)

TEXTS = [
    pytest.param(five_lines(body=SPACED), ("v3-body-spaced",), id="serialised with blanks"),
    pytest.param(
        five_lines(body=json.dumps(parsed_body())),
        ("v3-body-spaced", "v3-body-ascii"),
        id="Python's defaults",
    ),
    pytest.param(RIGHT[:-1], ("v3-no-final-newline",), id="last newline missing"),
    pytest.param(five_lines(body=""), ("v3-body-not-signed",), id="body forgotten"),
    pytest.param(
        five_lines(url="https://api.mch.weixin.qq.com" + JSAPI), ("v3-url-full",), id="full URL"
    ),
    pytest.param(
        five_lines(url="https://api.mch.weixin.qq.com:443" + JSAPI),
        ("v3-url-full",),
        id="with port",
    ),
    pytest.param(five_lines(timestamp=TIMESTAMP + 1), ("v3-ts-off",), id="clock read twice"),
    pytest.param(five_lines(nonce=NONCE.lower()), ("v3-nonce-variant",), id="nonce in lower case"),
    pytest.param(RIGHT.replace(b"\n", b"\r\n"), ("v3-crlf-lines",), id="Windows line ends"),
    pytest.param(SHA256.hex().encode(), ("v3-double-hash",), id="hash of the hash in hex"),
    pytest.param(SHA256, ("v3-double-hash",), id="hash of the hash"),
]


@pytest.mark.parametrize(("signed", "rules"), TEXTS)
def test_the_text_that_was_signed_is_found(signed: bytes, rules: tuple[str, ...]) -> None:
    found = examined(v3_request(signed))
    assert rules_of(found) == rules
    assert {finding.certainty for finding in found.findings} == {Certainty.PROVEN}
    (check,) = found.checks
    assert check.status == "mismatch"
    assert check.explained_by == f"wechatpay/{rules[0]}"


@pytest.mark.parametrize(("signed", "rules"), TEXTS)
def test_the_cured_twin_has_no_mistake(signed: bytes, rules: tuple[str, ...]) -> None:
    del signed, rules
    found = examined(v3_request(RIGHT, saw=sign_information()))
    assert rules_of(found) == ("v3-consistent-rejected",)
    assert found.checks[0].status == "valid"


ROUTINES = [
    pytest.param(rsa(RIGHT, padding.PKCS1v15(), hashes.SHA1()), "v3-hash-sha1", id="SHA-1"),
    pytest.param(rsa(RIGHT, padding.PKCS1v15(), hashes.MD5()), "v3-hash-md5", id="MD5"),
    pytest.param(rsa(RIGHT, padding.PKCS1v15(), hashes.SHA512()), "v3-hash-sha512", id="SHA-512"),
    pytest.param(
        rsa(RIGHT, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
        "v3-pss",
        id="PSS, salt as long as the hash",
    ),
    pytest.param(
        rsa(
            RIGHT,
            padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH),
            hashes.SHA256(),
        ),
        "v3-pss",
        id="PSS, longest salt",
    ),
    pytest.param(raw_rsa(SHA256), "v3-raw-hash", id="hash without its name"),
    pytest.param(raw_rsa(RIGHT[:200]), "v3-raw-message", id="no hash at all"),
]


@pytest.mark.parametrize(("signature", "rule"), ROUTINES)
def test_the_wrong_routine_is_named(signature: str, rule: str) -> None:
    assert rules_of(examined(v3_request(signature=signature))) == (rule,)


def test_a_wrong_routine_and_a_wrong_text_are_both_named() -> None:
    signature = rsa(five_lines(body=SPACED), padding.PKCS1v15(), hashes.SHA1())
    assert rules_of(examined(v3_request(signature=signature))) == ("v3-body-spaced", "v3-hash-sha1")


def test_a_prehashed_signature_is_an_ordinary_one() -> None:
    key = private_key(MERCHANT)
    signature = key.sign(SHA256, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    found = examined(v3_request(signature=base64.b64encode(signature).decode()))
    assert rules_of(found) == ("v3-consistent-rejected",)


IDENTITIES = [
    pytest.param({"tag": "stranger"}, ("v3-key-foreign",), id="a private key of nobody known"),
    pytest.param({"tag": "old"}, ("v3-key-other-known",), id="the key of the old certificate"),
    pytest.param({"tag": "other"}, ("v3-key-other-known",), id="another merchant's key"),
    pytest.param({"serial": OLD_SERIAL}, ("v3-serial-mismatch",), id="the old serial number"),
    pytest.param({"serial": "0123456789ABCDEF0123456789ABCDEF01234567"}, ("v3-serial-mismatch",)),
    pytest.param({"tag": "old", "serial": OLD_SERIAL}, ("v3-consistent-rejected",), id="all old"),
]


@pytest.mark.parametrize(("change", "rules"), IDENTITIES)
def test_who_signed_is_told_apart(change: dict[str, str], rules: tuple[str, ...]) -> None:
    assert rules_of(examined(v3_request(**change))) == rules  # type: ignore[arg-type]


def test_an_unknown_certificate_proves_nothing() -> None:
    found = examined(v3_request(tag="stranger", serial="0123456789ABCDEF0123456789ABCDEF01234567"))
    assert rules_of(found) == ("v3-sign-unverifiable",)
    assert found.checks[0].status == "unverifiable"


def test_without_keys_the_setting_that_decides_is_named() -> None:
    found = examined(v3_request(saw=sign_information()), context(NO_KEYS))
    assert rules_of(found) == ("v3-sign-unverifiable",)
    assert found.checks[0].needs == ("credentials.wechatpay[0].certificate",)
    assert found.checks[0].server_saw is not None
    assert found.checks[0].server_saw["first_difference"] is None


FORMS = [
    pytest.param(lambda s: base64.b64decode(s).hex(), "v3-sig-hex", id="hexadecimal"),
    pytest.param(
        lambda s: s.replace("+", "-").replace("/", "_"), "v3-sig-base64url", id="URL-safe"
    ),
    pytest.param(lambda s: "\n".join([s[:64], s[64:]]), "v3-sig-wrapped", id="on two lines"),
    pytest.param(lambda s: s.replace("+", " "), "v3-sig-plus-lost", id="plus signs lost"),
    pytest.param(
        lambda s: s.replace("+", "%2B").replace("=", "%3D"), "v3-sig-urlencoded", id="URL-encoded"
    ),
    pytest.param(lambda s: s + "%", "v3-sig-trailing", id="a mark of the shell behind"),
    pytest.param(
        lambda s: base64.b64encode(s.encode()).decode(), "v3-sig-double-base64", id="base64 twice"
    ),
    pytest.param(lambda s: hashlib.md5(s.encode()).hexdigest(), "v3-v2-sign-used", id="a v2 sign"),
]


@pytest.mark.parametrize(("form", "rule"), FORMS)
def test_the_form_of_the_signature_needs_no_key(form: object, rule: str) -> None:
    request = v3_request(signature=form(sign(RIGHT)))  # type: ignore[operator]
    assert rule in rules_of(examined(request, context(NO_KEYS)))
    assert rules_of(examined(request)) == (rule,)


def test_an_hmac_is_no_rsa_signature() -> None:
    digest = hmac.new(V3_KEY.encode(), RIGHT, hashlib.sha256)
    found = examined(v3_request(signature=base64.b64encode(digest.digest()).decode()))
    assert rules_of(found) == ("v3-hmac-used",)
    assert any(e.where.endswith("[0].api_v3_key") for e in found.findings[0].evidence)


SEEN_OTHERWISE = [
    pytest.param({"url": JSAPI + "?x=1"}, id="another URL"),
    pytest.param({"method": "GET"}, id="another method"),
    pytest.param({"body": ""}, id="an empty body"),
    pytest.param({"body": BODY + " "}, id="a longer body"),
]


@pytest.mark.parametrize("change", SEEN_OTHERWISE)
def test_what_the_server_saw_is_laid_beside_what_was_sent(change: dict[str, str]) -> None:
    found = examined(v3_request(saw=sign_information(**change)))
    assert "v3-rewritten-in-transit" in rules_of(found)
    found = examined(v3_request(saw=sign_information(**change)), context(NO_KEYS))
    assert "v3-rewritten-in-transit" in rules_of(found)


GARBAGE = [
    {"method": "", "url": "", "sign_message_length": 128339065, "truncated_sign_message": ""},
    {"method": "POST", "url": JSAPI, "sign_message_length": -1, "truncated_sign_message": "x"},
    {"method": "POST", "url": JSAPI, "sign_message_length": True, "truncated_sign_message": "x"},
    {"method": 1, "url": [], "sign_message_length": "9", "truncated_sign_message": None},
    {},
]


@pytest.mark.parametrize("saw", GARBAGE)
def test_garbage_from_the_server_is_not_believed(saw: dict[str, object]) -> None:
    found = examined(v3_request(saw=saw), context(NO_KEYS))
    assert rules_of(found) == ("v3-sign-unverifiable",)
    assert found.checks[0].server_saw is None


def test_two_mistakes_at_once_are_found_deeper() -> None:
    signed = five_lines(url="https://api.mch.weixin.qq.com" + JSAPI, body=SPACED)[:-1]
    found = examined(v3_request(five_lines(url=JSAPI[1:], body=SPACED)))
    assert rules_of(found) == ("v3-sign-unexplained",)
    assert found.wants_deeper
    assert set(rules_of(search_deeper(found))) == {"v3-url-no-slash", "v3-body-spaced"}
    three = search_deeper(examined(v3_request(signed)))
    assert rules_of(three) == ("v3-sign-unexplained",)


SENT_OTHERWISE = [
    pytest.param('{"a":"b=c"}', '{"a":"b\\u003dc"}', "v3-body-htmlsafe", id="sent by Gson"),
    pytest.param('{"a":"1","b":"测"}', "a=1&b=%E6%B5%8B", "v3-body-form", id="sent as a form"),
]


@pytest.mark.parametrize(("signed", "sent", "rule"), SENT_OTHERWISE)
def test_json_that_was_sent_otherwise_is_found(signed: str, sent: str, rule: str) -> None:
    found = search_deeper(examined(v3_request(five_lines(body=signed), body=sent)))
    assert rules_of(found) == (rule,)
    assert rules_of(examined(v3_request(body=sent))) == ("v3-consistent-rejected",)


def test_a_timestamp_far_off_is_found_deeper() -> None:
    found = search_deeper(examined(v3_request(five_lines(timestamp=TIMESTAMP - 300))))
    assert rules_of(found) == ("v3-ts-off",)


def test_an_unknown_text_is_said_to_be_unknown() -> None:
    found = search_deeper(examined(v3_request(five_lines(nonce="a nonce that nobody knows"))))
    assert rules_of(found) == ("v3-sign-unexplained",)
    assert found.checks[0].explained_by is None


@pytest.mark.parametrize(
    "says",
    [
        "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》",
        "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
        "商户证书已过期",
    ],
)
def test_other_refusals_say_nothing_of_the_signature(says: str) -> None:
    assert not examined(v3_request(five_lines(body=SPACED), says=says)).reports


def test_a_serial_number_of_the_platform_is_still_a_wrong_serial() -> None:
    says = "商户证书序列号有误。请使用签名私钥匹配的证书序列号"
    found = examined(v3_request(serial=PLATFORM_SERIAL, says=says))
    assert "v3-serial-mismatch" in rules_of(found)
